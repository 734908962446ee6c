import { closeSync, fsyncSync, openSync, unlinkSync } from 'node:fs';

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

/** Removes a file of ours on whose going nothing depends. What stays is harmless, and readers name it. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there, or it may stay.
  }
}
