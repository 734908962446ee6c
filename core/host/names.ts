import { closeSync, fsyncSync, linkSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { errorCode } from './errors';

/** Makes the names in a folder durable. Throws the system's error; Windows has no such step, and none is taken there. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The names are there in any case; what a power cut would leave is one of two states that are both whole. Never throws. */
export function syncQuietly(...folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      syncFolder(folder);
    } catch {
      // Not every file system lets a folder be synced.
    }
  }
}

/**
 * Gives a file a second name, unless something else bears it. Throws the system's error.
 *
 * A network may lose the answer to a step that was done, and the step is then refused the second time: whether the name
 * is that of the very file tells the two apart.
 */
export function linkNew(from: string, to: string): 'linked' | 'taken' {
  try {
    linkSync(from, to);
    return 'linked';
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return isOneFile(from, to) ? 'linked' : 'taken';
  }
}

/** Whether two names are those of one file. Never throws. */
export function isOneFile(a: string, b: string): boolean {
  try {
    const [one, other] = [lstatSync(a, { bigint: true }), lstatSync(b, { bigint: true })];
    return one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}

/** Whether a refusal says that this file system has no second names for files. */
export function hasNoLinks(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS';
}

/** Removes a file of ours on whose going nothing depends. What stays is harmless, and readers name it. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there, or it may stay.
  }
}
