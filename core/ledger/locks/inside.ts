import { lstatSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** Throws the system's error when `folder` is not there, or why it is not followed: it is a link that leads out of its proof. */
export function checkInside(proofFolder: string, folder: string): void {
  if (lstatSync(folder).isSymbolicLink() && !realpathSync(folder).startsWith(proofFolder + sep)) {
    throw new Error('it is a link that leads out of the proof, and is not followed');
  }
}

/** Whether a folder of a proof is there, and not a link that leads out of it. Never throws. */
export function isInside(proofFolder: string, folder: string): boolean {
  try {
    checkInside(proofFolder, folder);
    return true;
  } catch {
    return false;
  }
}
