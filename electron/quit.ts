import { app } from 'electron';
import { log } from '../service/log';

// A commit that waits for a lock ends well within this; no quit may hang for ever.
const STOP_AT_MOST_MS = 15_000;

/**
 * Ends the application when its window is closed or a signal asks for it, after `stop`.
 * A second signal changes nothing: a terminal sends one to the launcher, which hands it on, and one to us.
 */
export function quitCleanly(stop: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      app.quit();
    });
  }
  app.on('window-all-closed', () => {
    app.quit();
  });
  let stopping = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (stopping) return;
    stopping = true;
    const late = setTimeout(() => {
      log('not everything ended in time');
      exit(1);
    }, STOP_AT_MOST_MS);
    stop().then(
      () => {
        clearTimeout(late);
        exit(0);
      },
      (error: unknown) => {
        log('not everything could be ended', error);
        exit(1);
      },
    );
  });
}

/** Tidies up what the desktop's own end would, before: where a disk holds a thread, the process ends itself there. */
function exit(code: number): void {
  app.releaseSingleInstanceLock();
  app.exit(code);
}
