import { join } from 'node:path';
import { describeError } from '../../host/errors';
import type { FileExchange } from '../../host/exchange';
import { removeQuietly, syncFolder } from '../../host/names';
import { quoteHostile } from '../../model';
import { moveOrLink } from '../locks/kept-files';
import { isSameLock, isUntouched, printOf } from '../locks/lock-print';
import { writeNew } from '../locks/own-file';
import { formatKept, type Kept, type KeptFile, keptRecordName, makeQuarantine } from '../locks/quarantine';
import { syncQuietly } from '../locks/take-lock';

export type MoveAsideOutcome =
  /** All of them lie in quarantine, and on disk. */
  | { readonly kind: 'moved' }
  /** Something changed since it was seen; everything is where it was. */
  | { readonly kind: 'conflict'; readonly message: string }
  /** `error` says in sentences what was and was not changed. */
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Moves a set of files of one folder into its quarantine, the last of them first. To be called under the lock that
 * keeps writers away; it waits for nothing and never throws.
 *
 * What is written down lists all of them, and is on disk before the first one moves. Each move is one step of the
 * system that replaces nothing, so a crash in between leaves every file whole in one of its two places, and those
 * that are still in the ledger without a gap before them; what is written down then serves to put back what was
 * moved. On any difference from what was seen, what was moved goes back.
 */
export function moveAside(folder: string, kept: Kept, files: FileExchange | null): MoveAsideOutcome {
  const changed = kept.files.find((file) => {
    const now = printOf(join(folder, file.original));
    return now === null || !isUntouched(file.print, now);
  });
  if (changed !== undefined) return { kind: 'conflict', message: changedWords(changed) };
  let quarantine: string;
  try {
    quarantine = makeQuarantine(folder);
    writeNew(join(quarantine, keptRecordName(kept.id)), formatKept(kept));
    syncFolder(quarantine);
    syncFolder(folder);
  } catch (error) {
    return {
      kind: 'failed',
      error: `Nothing was changed: the quarantine cannot be written to, ${describeError(error)}.`,
    };
  }
  const moved: KeptFile[] = [];
  for (const file of [...kept.files].reverse()) {
    const trouble = moveOne(folder, quarantine, file, files);
    if (trouble === null) {
      moved.push(file);
      continue;
    }
    return takeBack(folder, quarantine, kept, moved.reverse(), trouble, files);
  }
  syncQuietly(quarantine, folder);
  return { kind: 'moved' };
}

/** Why a file could not be moved; null when it was. */
function moveOne(
  folder: string,
  quarantine: string,
  file: KeptFile,
  files: FileExchange | null,
): MoveAsideOutcome | null {
  const from = join(folder, file.original);
  const now = printOf(from);
  if (now === null || !isUntouched(file.print, now)) return { kind: 'conflict', message: changedWords(file) };
  const step = moveOrLink(files, from, join(quarantine, file.name), file.print);
  switch (step.kind) {
    case 'done':
      break;
    case 'gone':
    case 'taken':
      return { kind: 'conflict', message: changedWords(file) };
    case 'cannot':
      return { kind: 'failed', error: `${step.reason}.` };
    case 'broken':
      return { kind: 'failed', error: `${step.error}.` };
  }
  const out = printOf(join(quarantine, file.name));
  if (out !== null && isSameLock(out, file.print)) return null;
  // Something took its name between the look and the step: that one goes back at once.
  moveOrLink(files, join(quarantine, file.name), from, file.print);
  return { kind: 'conflict', message: changedWords(file) };
}

function takeBack(
  folder: string,
  quarantine: string,
  kept: Kept,
  moved: readonly KeptFile[],
  trouble: MoveAsideOutcome,
  files: FileExchange | null,
): MoveAsideOutcome {
  const why = trouble.kind === 'conflict' ? trouble.message : trouble.kind === 'failed' ? trouble.error : '';
  const stuck = moved.filter(
    (file) => moveOrLink(files, join(quarantine, file.name), join(folder, file.original), file.print).kind !== 'done',
  );
  syncQuietly(quarantine, folder);
  if (stuck.length > 0) {
    const names = stuck.map(({ original }) => quoteHostile(original, 60)).join(', ');
    return {
      kind: 'failed',
      error: `${why} What was moved already could not be put back: ${names}. It lies in quarantine and can be put back by an undo.`,
    };
  }
  removeQuietly(join(quarantine, keptRecordName(kept.id)));
  return trouble.kind === 'conflict' ? trouble : { kind: 'failed', error: `Nothing was changed: ${why}` };
}

function changedWords(file: KeptFile): string {
  return `${quoteHostile(file.original, 120)} is not the file that you saw any more. Nothing was changed.`;
}
