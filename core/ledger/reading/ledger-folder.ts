import { lstatSync, opendirSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { entriesIn, type NativeFolder, nativeFiles } from '../../host/native-files';
import { LedgerNames } from '../events/ledger-names';
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

/** So many names are asked of Node at a time. */
const NAMES_AT_ONCE = 512;
/** From so many on it is worth to load what lists faster. */
const MANY_NAMES = 2 * NAMES_AT_ONCE;
/** So many bytes of names are asked of the system at a time: about 2,000 of them, half a ms. */
const ROOM_BYTES = 65_536;

export interface ListOptions {
  readonly signal: AbortSignal;
  /** Without keeping this thread but for taking the names up: others go on meanwhile. */
  readonly aside?: boolean;
}

/**
 * What stands in a folder, listed in slices of a few ms: in one go, very many names would keep the thread from
 * everybody else. Rejects with the system's error, or when aborted.
 */
export async function listNames(folder: string, { signal, aside = false }: ListOptions): Promise<LedgerNames> {
  const first = await listByNode(folder, signal, aside, MANY_NAMES);
  if (first !== null) return first;
  const native = (await nativeFiles())?.openFolder(folder) ?? null;
  const names = native === null ? null : await listNatively(native, folder, signal, aside);
  return names ?? (await listByNode(folder, signal, aside, Number.POSITIVE_INFINITY)) ?? new LedgerNames();
}

/** Null when there are more than `most`. */
async function listByNode(
  folder: string,
  signal: AbortSignal,
  aside: boolean,
  most: number,
): Promise<LedgerNames | null> {
  const turns = new Turns(signal);
  const names = new LedgerNames();
  const entries = opendirSync(folder, { bufferSize: NAMES_AT_ONCE });
  try {
    for (;;) {
      const entry = aside ? await entries.read() : entries.readSync();
      if (entry === null) return names;
      if (names.count === most) return null;
      names.add(entry.name, entry.isDirectory());
      if (turns.isOver()) await turns.next();
    }
  } finally {
    entries.closeSync();
  }
}

/** Null when the system gives no names this way. */
async function listNatively(
  entries: NativeFolder,
  path: string,
  signal: AbortSignal,
  aside: boolean,
): Promise<LedgerNames | null> {
  const turns = new Turns(signal);
  const names = new LedgerNames();
  const room = new Uint8Array(ROOM_BYTES);
  const isFolder = (name: string): boolean =>
    lstatSync(path + sep + name, { throwIfNoEntry: false })?.isDirectory() === true;
  try {
    for (;;) {
      const length = aside ? await entries.listAside(room) : entries.list(room);
      if (length < 0) return null;
      if (length === 0) return names;
      entriesIn(room, length, (from, to, kind) => {
        names.addBytes(room, from, to, kind, isFolder);
      });
      if (aside) signal.throwIfAborted();
      else if (turns.isOver()) await turns.next();
    }
  } finally {
    entries.close();
  }
}

/** Whether two looks met the same folder. A system uses the number of a deleted folder again at once. */
export function isSameFolder(a: FolderLook, b: FolderLook): boolean {
  return a.file === b.file && (a.bornNs === null || b.bornNs === null || a.bornNs === b.bornNs);
}
