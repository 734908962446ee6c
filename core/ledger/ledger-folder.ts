import { opendirSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import type { ListedName } from './event-names';
import { Turns } from './turns';

/** A folder's time that is younger than this, in ms, may not tell the next change: file systems count in ticks. */
const TICK_MS = 50;

/** What one stat tells of a ledger folder. */
export interface FolderLook {
  readonly file: string;
  /** Null where the system keeps no time of birth. */
  readonly bornNs: bigint | null;
  /** Its time, by which a change of its names shows; null when the next change might not show. */
  readonly changedNs: bigint | null;
}

/** Looks at a ledger folder. Throws when it is not there, is no folder, or is a link that leads out of its proof. */
export function lookAtFolder(folder: string, proofFolder: string): FolderLook {
  const stat = statSync(folder, { bigint: true });
  if (!stat.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  if (!realpathSync.native(folder).startsWith(proofFolder + sep)) {
    throw new Error('it is a link that leads out of the proof, and is not followed');
  }
  const settled = Math.abs(Date.now() - Number(stat.mtimeMs)) > TICK_MS;
  return {
    file: `${stat.dev.toString()}:${stat.ino.toString()}`,
    // Without a time of birth the system tells the time of the last change in its place.
    bornNs: stat.birthtimeNs === stat.ctimeNs ? null : stat.birthtimeNs,
    changedNs: settled ? stat.mtimeNs : null,
  };
}

/** So many names are asked of the system at a time. */
const NAMES_AT_ONCE = 512;

/**
 * What stands in a folder, listed in slices of a few ms: in one go, very many names would keep the thread from
 * everybody else. Rejects with the system's error, or when aborted.
 */
export async function listNames(folder: string, signal: AbortSignal): Promise<readonly ListedName[]> {
  const turns = new Turns(signal);
  const names: ListedName[] = [];
  const entries = opendirSync(folder, { bufferSize: NAMES_AT_ONCE });
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      names.push({ name: entry.name, isFolder: entry.isDirectory() });
      if (names.length % NAMES_AT_ONCE === 0) await turns.next();
    }
  } finally {
    entries.closeSync();
  }
  return names;
}

/** Whether two looks met the same folder. A system uses the number of a deleted folder again at once. */
export function isSameFolder(a: FolderLook, b: FolderLook): boolean {
  return a.file === b.file && (a.bornNs === null || b.bornNs === null || a.bornNs === b.bornNs);
}
