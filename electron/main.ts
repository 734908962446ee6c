import { join } from 'node:path';
import { app, dialog, nativeTheme } from 'electron';
import { dataFolder, log, type RunningService, startService, tellIfNothing } from '../service';
import { serveAppProtocol } from './app-protocol';
import { connectIpc } from './ipc';
import { type Launch, readLaunch } from './launch';
import { lockDownContents, lockDownSession } from './lock-down';
import { showMenu } from './menu';
import { chooseOrigin, type Origin } from './origin';
import { prepareApp } from './prepare';
import { quitCleanly } from './quit';
import { onceStarted } from './second-starts';
import { becomeOnlyInstance, onSecondInstance } from './single-instance';
import { type MainWindow, openMainWindow } from './windows';

const launch = readLaunch(process.argv, { cwd: process.cwd(), appPath: app.getAppPath(), packaged: app.isPackaged });
let running: RunningService | null = null;
let window: MainWindow | null = null;

try {
  const origin = chooseOrigin(process.env['LOCKSCOPE_DEV_URL'], app.isPackaged);
  prepareApp(dataFolder());
  lockDownContents(origin);
  if (becomeOnlyInstance(launch)) start(origin);
  else {
    log('Lockscope is open already; its window has been given what this start asked for');
    app.exit(0);
  }
} catch (error) {
  giveUp(error);
}

function start(origin: Origin): void {
  const started = app.whenReady().then(() => setUp(origin));
  quitCleanly(async () => {
    await started.catch(() => undefined);
    await window?.saved();
    await running?.stop();
  });
  // What one asks for while this start is at work is not lost.
  onSecondInstance(onceStarted(started, takeOver));
  started.catch(giveUp);
}

function giveUp(error: unknown): void {
  log('Lockscope could not start', error);
  dialog.showErrorBox('Lockscope could not start', error instanceof Error ? error.message : String(error));
  app.exit(1);
}

/** Does for a second start what its own window would have done. */
function takeOver(second: Launch): void {
  window?.focus();
  if (second.readOnly && !launch.readOnly) {
    const message = 'This Lockscope was open already and may write. Close it first to start one with --read-only.';
    running?.service.tell({ tone: 'info', message });
  }
  void openPaths(second.paths);
}

async function setUp(origin: Origin): Promise<void> {
  lockDownSession(origin);
  serveAppProtocol(join(__dirname, '..', 'renderer'));
  const starting = startService({ program: 'electron', ...launch, watch: true, pickFolder });
  // The page's process starts while settings and workspace are read; what it asks meanwhile waits for the answer.
  connectIpc(starting, origin, () => window?.current()?.webContents ?? null);
  const opening = openMainWindow({ origin, preload: join(__dirname, 'preload.cjs'), dataFolder: dataFolder() });
  await Promise.all([
    starting.then((service) => {
      running = service;
      followTheme(service);
    }),
    opening.then((opened) => {
      window = opened;
    }),
  ]);
}

/** The system's own parts (menu, frame, dialogs) and the page's media query follow what the operator set. */
function followTheme({ settings }: RunningService): void {
  const follow = (): void => {
    const { theme } = settings.current();
    nativeTheme.themeSource = theme;
    showMenu(theme, {
      openFolder: () => void openFromMenu(),
      chooseTheme: (chosen) => {
        settings.save({ ...settings.current(), theme: chosen }).catch((error: unknown) => {
          log('the theme cannot be saved', error);
        });
      },
    });
  };
  settings.onChange(follow);
  follow();
}

async function pickFolder(): Promise<string | null> {
  const parent = window?.current();
  const options = { title: 'Open a folder', properties: ['openDirectory' as const] };
  const { canceled, filePaths } = await (parent
    ? dialog.showOpenDialog(parent, options)
    : dialog.showOpenDialog(options));
  return canceled ? null : (filePaths[0] ?? null);
}

async function openFromMenu(): Promise<void> {
  const path = await pickFolder();
  if (path !== null) await openPaths([path]);
}

async function openPaths(paths: readonly string[]): Promise<void> {
  const service = running?.service;
  if (service === undefined) return;
  for (const path of paths) {
    try {
      tellIfNothing(await service.open(path), service);
    } catch (error) {
      log('a folder could not be opened', error);
      service.tell({
        tone: 'error',
        message: 'A folder could not be opened because of a fault in Lockscope. Its error output says more.',
      });
    }
  }
}
