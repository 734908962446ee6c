import { BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { log } from '../service/log';
import type { Origin } from './origin';
import { placeWindow, SMALLEST, windowStateFile } from './window-state';

// The page's own ground (`--ground` of its tokens) in either theme, so that nothing flashes before it is drawn.
const BACKGROUND = { dark: '#14161b', light: '#fbfbfc' } as const;
const CRASHES_APART_MS = 60_000;

export interface MainWindow {
  /** Null when it is closed. */
  current(): BrowserWindow | null;
  /** Brings it to the front. */
  focus(): void;
  /** Resolves when what is to be remembered of it is on disk. */
  saved(): Promise<void>;
}

/** Opens the one window. It shows itself when its first picture is drawn. */
export async function openMainWindow(options: {
  readonly origin: Origin;
  readonly preload: string;
  readonly dataFolder: string;
}): Promise<MainWindow> {
  const state = windowStateFile(options.dataFolder);
  const areas = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map((display) => display.workArea);
  const { maximised, ...placement } = placeWindow(await state.read(), areas);
  let saved = Promise.resolve();
  let window: BrowserWindow | null = new BrowserWindow({
    ...placement,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    show: false,
    title: 'Lockscope',
    autoHideMenuBar: true,
    backgroundColor: background(),
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  const opened = window;
  opened.once('ready-to-show', () => {
    if (maximised) opened.maximize();
    opened.show();
  });
  opened.on('close', () => {
    saved = state.write({ bounds: opened.getNormalBounds(), maximised: opened.isMaximized() });
  });
  // What the operator set may become known only now.
  const follow = (): void => {
    opened.setBackgroundColor(background());
  };
  nativeTheme.on('updated', follow);
  opened.on('closed', () => {
    nativeTheme.off('updated', follow);
    window = null;
  });
  loadAgainAfterCrash(opened);
  // Not awaited: a start that is given up at once closes the window before its page is there.
  opened.loadURL(options.origin.startUrl).catch((error: unknown) => {
    if (!opened.isDestroyed()) log('the window could not load its page', error);
  });
  return {
    current: () => window,
    focus() {
      if (window === null) return;
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    saved: () => saved,
  };
}

function background(): string {
  return nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light;
}

/** Once by itself; when the page dies again within a minute, only when the operator says so. */
function loadAgainAfterCrash(window: BrowserWindow): void {
  let lastCrash = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    log(`the page of the window ended (${reason})`);
    const now = Date.now();
    const again = now - lastCrash < CRASHES_APART_MS;
    lastCrash = now;
    if (!again) {
      window.webContents.reload();
      return;
    }
    const message = 'The window broke twice within a minute. No lock was changed by that.';
    dialog
      .showMessageBox(window, {
        type: 'error',
        message,
        buttons: ['Load it again', 'Close'],
        defaultId: 0,
        cancelId: 1,
      })
      .then(({ response }) => {
        if (window.isDestroyed()) return;
        if (response === 0) window.webContents.reload();
        else window.close();
      })
      .catch((error: unknown) => {
        log('the operator could not be asked', error);
      });
  });
}
