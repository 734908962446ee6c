import { lstatSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, errorCode } from '../../host/errors';
import type { FileExchange, MoveOutcome } from '../../host/exchange';
import { isOneFile, linkNew } from '../../host/names';
import { assertNever, quoteHostile } from '../../model';
import { isSameLock, type LockPrint, printOf, whatStandsAt } from './lock-print';
import { type Kept, type KeptFile, QUARANTINE } from './quarantine';

/** Where a file that was taken away is now. `gone`: in neither place, or something else stands in one of them. */
export type Whereabouts =
  | { readonly kind: 'kept' }
  | { readonly kind: 'in-place' }
  | { readonly kind: 'gone'; readonly why: string };

/** Looks where a file of a set is. Never throws. */
export function whereIs(folder: string, file: KeptFile): Whereabouts {
  const shown = quoteHostile(file.original, 120);
  const inPlace = whatStandsAt(join(folder, file.original), file.print);
  if (inPlace === 'it') return { kind: 'in-place' };
  const found = whatStandsAt(join(folder, QUARANTINE, file.name), file.print);
  if (found === 'nothing') return { kind: 'gone', why: `${shown} does not lie in ${QUARANTINE} any more.` };
  if (found === 'another') {
    return { kind: 'gone', why: `What lies in ${QUARANTINE} is not the ${shown} that was taken away.` };
  }
  return inPlace === 'nothing' ? { kind: 'kept' } : { kind: 'gone', why: `Something else stands at ${shown} now.` };
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

export type KeptMoveOutcome =
  | MoveOutcome
  /** It has its new name, and kept its old one: neither could be removed. */
  | { readonly kind: 'both'; readonly error: string };

/** A move that replaces nothing; where the file system has none, a second name does the same for a file. Never throws. */
export function moveOrLink(files: FileExchange | null, from: string, to: string, print: LockPrint): KeptMoveOutcome {
  const moved: MoveOutcome = files?.moveNew(from, to) ?? { kind: 'cannot', reason: 'this system has no such step' };
  if (moved.kind !== 'cannot' || print.kind === 'folder') return moved;
  try {
    if (linkNew(from, to) === 'taken') return { kind: 'taken' };
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? { kind: 'gone' } : { kind: 'broken', error: describeError(error) };
  }
  try {
    unlinkSync(from);
    return { kind: 'done' };
  } catch (error) {
    const why = describeError(error);
    return endSecondName(to, from) ? { kind: 'broken', error: why } : { kind: 'both', error: why };
  }
}

/** Ends the name `spare` of a file that has the name `other` too. False when it is still there. Never throws. */
function endSecondName(spare: string, other: string): boolean {
  if (!isOneFile(spare, other)) return false;
  try {
    unlinkSync(spare);
    return true;
  } catch {
    return false;
  }
}

/** What a move that did not happen says for itself, in words without a full stop; null where it is no more than another's doing. */
export function moveTrouble(step: Exclude<KeptMoveOutcome, { kind: 'done' }>): string | null {
  switch (step.kind) {
    case 'taken':
    case 'gone':
      return null;
    case 'cannot':
      return step.reason;
    case 'broken':
      return step.error;
    case 'both':
      return `it has two names now, of which neither could be removed: ${step.error}`;
    default:
      return assertNever(step);
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
  // Two names of one file: a rename does nothing then on some systems, so the spare name is removed. Where it cannot
  // be, it may stay: no tool reads it.
  endSecondName(kept, inPlace);
}
