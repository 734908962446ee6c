import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { log } from '../service/log';
import { declareAppProtocol } from './app-protocol';

/** All that has to be said before the application is ready. */
export function prepareApp(dataFolder: string): void {
  // A terminal that is gone may not take the window with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('uncaughtException', (error) => {
    log('something broke and was passed over', error);
  });
  const userData = join(dataFolder, 'electron');
  mkdirSync(userData, { recursive: true, mode: 0o700 });
  app.setPath('userData', userData);
  app.setName('Lockscope');
  app.setAppUserModelId('dev.lockscope.app');
  // Root has no sandbox to enable; Chromium asks for the switch there.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  declareAppProtocol();
}
