import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** What decides where the data folder is; passed in so that each system's rule can be tested on any. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * The absolute folder of settings, workspace and audit log. It need not exist yet.
 *
 * `LOCKSCOPE_HOME` wins on every system. Relative values of the XDG variable are passed over, as its rule asks.
 */
export function dataFolder(
  { env, platform, home }: Surroundings = { env: process.env, platform: process.platform, home: homedir() },
): string {
  const own = env['LOCKSCOPE_HOME'];
  if (own !== undefined && own !== '') return resolve(own);
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Lockscope');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Lockscope');
  const state = env['XDG_STATE_HOME'];
  return join(state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state'), 'lockscope');
}
