import { app, type Session, session, type WebContents } from 'electron';
import { log } from '../service/log';
import type { Origin } from './origin';

// The page copies ids and commands when a button is pressed. It reads nothing back.
const ALLOWED_PERMISSION = 'clipboard-sanitized-write';

/** Whatever content appears in this application stays on its page, opens nothing and may nothing. */
export function lockDownContents(origin: Origin): void {
  app.on('web-contents-created', (_event, contents) => {
    lockDown(contents, origin);
  });
}

function lockDown(contents: WebContents, origin: Origin): void {
  const stay = (event: { preventDefault(): void }, url: string): void => {
    // The page may be loaded again, as Vite does; nothing else.
    if (url === origin.startUrl) return;
    event.preventDefault();
    log('a navigation away from the window was stopped');
  };
  contents.on('will-navigate', (event, url) => {
    stay(event, url);
  });
  contents.on('will-redirect', (event, url) => {
    stay(event, url);
  });
  // Electron 22 has no such event; frames cannot exist there either, the policy forbids them.
  contents.on('will-frame-navigate', (event) => {
    stay(event, event.url);
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** No permission, no device, no network. Call when the application is ready. */
export function lockDownSession(origin: Origin, on: Session = session.defaultSession): void {
  on.setPermissionRequestHandler((contents, permission, decide) => {
    decide(permission === ALLOWED_PERMISSION && origin.has(contents.getURL()));
  });
  on.setPermissionCheckHandler(
    (contents, permission) => permission === ALLOWED_PERMISSION && contents !== null && origin.has(contents.getURL()),
  );
  on.setDevicePermissionHandler(() => false);
  on.setSpellCheckerEnabled(false);
  on.on('will-download', (event) => {
    event.preventDefault();
  });
  const { devOrigin } = origin;
  const socketOrigin = devOrigin?.replace('http:', 'ws:');
  // The policy forbids it already; this holds for what no policy covers.
  const elsewhere = { urls: ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'file://*/*'] };
  on.webRequest.onBeforeRequest(elsewhere, ({ url }, decide) => {
    const own =
      devOrigin !== null && [devOrigin, socketOrigin].some((own) => own !== undefined && url.startsWith(`${own}/`));
    decide({ cancel: !own });
  });
}
