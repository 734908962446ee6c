import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { nativeFiles } from '../host/native-files';
import { eventName } from './event-names';
import type { EventPrints } from './event-prints';
import { type Fingerprint, readEventFile } from './read-event';
import type { Dialect, Replay } from './replay';
import type { Turns } from './turns';

/** So many events that made the claims which are shown are read again. */
const MOST_HELD = 1_000;
/** The clock is asked once in so many looks. */
const LOOKS_A_TIME = 64;

export interface KeptPlace {
  readonly folder: string;
  readonly proofFolder: string;
  readonly naming: Dialect;
}

/**
 * Whether every event stands under its name with exactly its print: then its bytes are taken to be those that were
 * read. One stat an event. Rejects when aborted.
 */
export async function arePrintsSame(prints: EventPrints, place: KeptPlace, turns: Turns): Promise<boolean> {
  const native = (await nativeFiles())?.openFolder(place.folder) ?? null;
  const look = (name: string): Fingerprint | null => {
    if (native === null) return printOf(place.folder + sep + name);
    return native.lookAt(name) ? native.print : null;
  };
  try {
    for (let sequence = 1; sequence <= prints.last; sequence += 1) {
      const print = look(eventName(sequence, place.naming));
      if (print === null || !prints.isExactly(sequence, print)) return false;
      if (sequence % LOOKS_A_TIME === 0 && turns.isOver()) await turns.next();
    }
    return true;
  } finally {
    native?.close();
  }
}

function printOf(path: string): Fingerprint | null {
  try {
    const { ino, size, mtimeMs, ctimeMs } = lstatSync(path);
    return { inode: ino, size, modifiedMs: mtimeMs, changedMs: ctimeMs };
  } catch {
    return null;
  }
}

/**
 * Whether the events that last changed the claims which are held have the bytes that the claims were made of; of the
 * first thousand claims. Rejects when aborted.
 */
export async function areHeldSame(replay: Replay, place: KeptPlace, turns: Turns): Promise<boolean> {
  const digests = new Map(
    replay
      .claims()
      .slice(0, MOST_HELD)
      .map(({ changedBy, digest }) => [changedBy, digest]),
  );
  for (const [sequence, digest] of digests) {
    await turns.next();
    const read = readEventFile(place.folder, place.proofFolder, eventName(sequence, place.naming));
    if (read.kind !== 'read' || createHash('sha256').update(read.bytes).digest('hex') !== digest) return false;
  }
  return true;
}
