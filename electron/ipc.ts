import { type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron';
import { log } from '../service/log';
import type { Service } from '../service/service';
import { PUSH, REQUEST } from './ipc-names';
import type { Origin } from './origin';

/**
 * Answers our own window, and refuses everybody else. The service checks the shape of what is asked; what is asked
 * before it is there waits for it. `window` gives the window's contents while there is one. Returns the disposer.
 */
export function connectIpc(
  starting: Promise<{ readonly service: Service }>,
  origin: Origin,
  window: () => WebContents | null,
): () => void {
  ipcMain.handle(REQUEST, async (event, channel: unknown, params: unknown): Promise<string> => {
    if (isOurs(event, origin, window())) {
      const { service } = await starting;
      return JSON.stringify(await service.answer(channel, params, event.sender));
    }
    log('a message from outside the window was refused');
    const message = 'Lockscope answers only its own window.';
    return JSON.stringify({ ok: false, code: 'not-allowed', message });
  });
  let isOver = false;
  let stopPushes: (() => void) | null = null;
  starting.then(
    ({ service }) => {
      if (isOver) return;
      stopPushes = service.onPush((push, value) => {
        window()?.send(PUSH, push, JSON.stringify(value));
      });
    },
    // Whoever starts it hears of that.
    () => undefined,
  );
  return () => {
    isOver = true;
    stopPushes?.();
    ipcMain.removeHandler(REQUEST);
  };
}

/** Whether a message comes from the top frame of our window, while it shows our own page. */
function isOurs(event: IpcMainInvokeEvent, origin: Origin, window: WebContents | null): boolean {
  const frame = event.senderFrame;
  return event.sender === window && frame !== null && frame.parent === null && origin.has(frame.url);
}
