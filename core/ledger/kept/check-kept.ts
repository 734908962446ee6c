import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { nativeFiles } from '../../host/native-files';
import { eventName } from '../events/event-names';
import { type Fingerprint, readEventFile } from '../events/read-event';
import type { FoldedLedger } from '../reading/folded-ledger';
import {
  type CheckingThread,
  checkPart,
  newSharedCheck,
  outcomeOf,
  type SharedCheck,
  startCheckingThread,
} from '../reading/shared-check';
import { Turns } from '../reading/turns';
import type { Dialect, Replay } from '../replay/replay';

/** So many events that made the claims which are shown are read again. */
const MOST_HELD = 1_000;

export interface KeptPlace {
  readonly folder: string;
  readonly proofFolder: string;
  readonly naming: Dialect;
}

/**
 * Whether every event stands under its name with exactly its print: then its bytes are taken to be those that were
 * read. One stat an event, on this thread and on those that were given `check`. Rejects when aborted.
 */
export async function arePrintsSame(check: SharedCheck, thread: CheckingThread | null, turns: Turns): Promise<boolean> {
  const native = (await nativeFiles())?.openFolder(check.folder) ?? null;
  const look = (name: string): Fingerprint | null => {
    if (native === null) return printOf(check.folder + sep + name);
    return native.lookAt(name) ? native.print : null;
  };
  try {
    while (checkPart(check, look)) await turns.next();
  } finally {
    native?.close();
  }
  for (;;) {
    const outcome = outcomeOf(check);
    if (outcome !== null) return outcome;
    if (thread === null || thread.isLost) return false;
    await nextTurn();
    turns.throwIfAborted();
  }
}

/** Whether every event that was applied stands as it was read: one look at each file, and none is read. Rejects when aborted. */
export async function allStand(
  folder: string,
  ledger: FoldedLedger,
  readingThread: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const turns = new Turns(signal);
  const { naming, prints } = ledger.fold;
  const thread = startCheckingThread(readingThread, folder);
  try {
    const check = newSharedCheck(folder, naming, prints.columns, false);
    thread?.check(check);
    if (await arePrintsSame(check, thread, turns)) return true;
  } finally {
    thread?.close();
  }
  // Which ones; and links are followed.
  return ledger.allStand(turns);
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
