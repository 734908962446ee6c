import { linkSync, lstatSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, errorCode } from '../../host/errors';
import type { FileExchange, MoveOutcome } from '../../host/exchange';
import { quoteHostile } from '../../model';
import { isSameLock, type LockPrint, printOf } from './lock-print';
import { type Kept, type KeptFile, QUARANTINE } from './quarantine';

/** Where a file that was taken away is now. `gone`: in neither place, or something else stands in one of them. */
export type Whereabouts =
  | { readonly kind: 'kept' }
  | { readonly kind: 'in-place' }
  | { readonly kind: 'gone'; readonly why: string };

/** Looks where a file of a set is. Never throws. */
export function whereIs(folder: string, file: KeptFile): Whereabouts {
  const shown = quoteHostile(file.original, 120);
  const found = printOf(join(folder, QUARANTINE, file.name));
  const inPlace = printOf(join(folder, file.original));
  if (inPlace !== null && isSameLock(inPlace, file.print)) return { kind: 'in-place' };
  if (found === null) return { kind: 'gone', why: `${shown} does not lie in ${QUARANTINE} any more.` };
  if (!isSameLock(found, file.print)) {
    return { kind: 'gone', why: `What lies in ${QUARANTINE} is not the ${shown} that was taken away.` };
  }
  return inPlace === null ? { kind: 'kept' } : { kind: 'gone', why: `Something else stands at ${shown} now.` };
}

/** Whether nothing of a set lies in quarantine: it was put back, or never taken. */
export function isEmpty(folder: string, kept: Kept): boolean {
  return kept.files.every(({ name }) => !standsAt(join(folder, QUARANTINE, name)));
}

function standsAt(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** A move that replaces nothing; where the file system has none, a second name does the same for a file. Never throws. */
export function moveOrLink(files: FileExchange | null, from: string, to: string, print: LockPrint): MoveOutcome {
  const moved: MoveOutcome = files?.moveNew(from, to) ?? { kind: 'cannot', reason: 'this system has no such step' };
  if (moved.kind !== 'cannot' || print.kind === 'folder') return moved;
  try {
    linkSync(from, to);
    unlinkSync(from);
    return { kind: 'done' };
  } catch (error) {
    return errorCode(error) === 'EEXIST' ? { kind: 'taken' } : { kind: 'broken', error: describeError(error) };
  }
}

/** Some file systems count a new place as a change of a folder. Gives what could not be restored, in sentences. */
export function restoreTimes(path: string, { print, original }: KeptFile): readonly string[] {
  const now = printOf(path);
  if (now === null || isSameLock(now, print) || now.inode !== print.inode) return [];
  try {
    const modified = Number(BigInt(print.modifiedNs) / 1_000n) / 1_000_000;
    utimesSync(path, modified, modified);
    return [];
  } catch (error) {
    return [`The times of ${quoteHostile(original, 120)} could not be restored: ${describeError(error)}.`];
  }
}

/** Ends a second name that a crash left in quarantine for a file that stands in its place. Never throws. */
export function dropSecondName(folder: string, file: KeptFile): void {
  const [kept, inPlace] = [join(folder, QUARANTINE, file.name), join(folder, file.original)];
  const [a, b] = [printOf(kept), printOf(inPlace)];
  if (a === null || b === null || a.device !== b.device || a.inode !== b.inode) return;
  try {
    // Two names of one file: such a rename does nothing on some systems, so the spare name is removed.
    unlinkSync(kept);
  } catch {
    // It may stay: no tool reads it.
  }
}
