import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './errors';

/**
 * Makes a folder for this user alone (0700), and those above it that are missing. Rejects with the system's error,
 * `EEXIST` where something else stands in its place.
 *
 * Node's own recursive `mkdir` never ends where the system says that a folder which is there is missing, as it does
 * for new names in `/proc` and below the mount point of an automounter.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    await makeFolder(parent);
  }
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    // Another process may have made it meanwhile.
    if (errorCode(error) !== 'EEXIST') throw error;
  });
}
