import { join } from 'node:path';
import { app, ipcMain, type Session, session, type WebContents } from 'electron';
import { CLOCK, PAINTED, type WindowSays } from './messages';

// Loaded before an application that is measured. Puts the probe into its page, and hands on what that one says, by the
// clock that all processes share.

const PINGS = 40;

function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What to add to a page's time; by the fastest of several questions, which is off by half of its way at most. */
async function pageOffset(page: WebContents): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, offset: 0 };
  for (let i = 0; i < PINGS; i += 1) {
    const askedMs = sharedMs();
    const answer = new Promise<number>((resolve) => {
      ipcMain.once(CLOCK, (_event, nowMs: number) => {
        resolve(nowMs);
      });
    });
    page.send(CLOCK);
    const nowMs = await answer;
    const tookMs = sharedMs() - askedMs;
    if (tookMs < best.tookMs) best = { tookMs, offset: askedMs + tookMs / 2 - nowMs };
  }
  return best.offset;
}

function say(what: WindowSays): void {
  process.send?.(what);
}

let offset: Promise<number> | null = null;
ipcMain.on(PAINTED, (event, holder: string | null, pageMs: number) => {
  offset ??= pageOffset(event.sender);
  void offset.then((add) => {
    say(holder === null ? { kind: 'first', atMs: pageMs + add } : { kind: 'shows', holder, atMs: pageMs + add });
  });
});

void app.whenReady().then(() => {
  const filePath = join(__dirname, 'probe-page.cjs');
  const { defaultSession } = session;
  if ('registerPreloadScript' in defaultSession) defaultSession.registerPreloadScript({ type: 'frame', filePath });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way that the oldest Electron has
  else (defaultSession as Session).setPreloads([filePath]);
});
// Whoever measures is gone.
process.on('disconnect', () => {
  app.exit(0);
});
