import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program that opens an address on this system, and its arguments; null where none is found or nobody could see it. */
export function browserCommand(
  address: string,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] | null {
  if (platform === 'darwin') return found('open', [address], env);
  // The empty argument is the title of the window that `start` would otherwise take the address for.
  if (platform === 'win32') return ['cmd.exe', '/c', 'start', '', address];
  const display = env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '';
  return display === '' ? null : found('xdg-open', [address], env);
}

function found(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): readonly [string, ...string[]] | null {
  const path = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutable);
  return path === undefined ? null : [path, ...args];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a browser if there is one; its absence or failure is no error. The browser is the operator's to close. */
export function openBrowser(address: string): void {
  const command = browserCommand(address, process.env, process.platform);
  if (command === null) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {
    // The address is printed: it can be opened by hand.
  });
  child.unref();
}
