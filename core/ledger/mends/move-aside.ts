import { join } from 'node:path';
import { describeError } from '../../host/errors';
import type { FileExchange } from '../../host/exchange';
import { removeQuietly, syncFolder, syncQuietly } from '../../host/names';
import { quoteHostile } from '../../model';
import { moveOrLink, moveTrouble } from '../locks/kept-files';
import { isSameLock, isUntouched, printOf, seemsUntouched } from '../locks/lock-print';
import { writeNew } from '../locks/own-file';
import { formatKept, type Kept, type KeptFile, keptRecordName, makeQuarantine, QUARANTINE } from '../locks/quarantine';

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
  // A look at all of them, before the first one moves; each is looked at closely in its turn.
  const changed = kept.files.find((file) => !seemsUntouched(join(folder, file.original), file.print));
  if (changed !== undefined) return { kind: 'conflict', message: `${changedWords(changed)} Nothing was changed.` };
  let quarantine: string;
  let record: string | null = null;
  try {
    quarantine = makeQuarantine(folder);
    const path = join(quarantine, keptRecordName(kept.id));
    writeNew(path, formatKept(kept));
    record = path;
    syncFolder(quarantine);
    syncFolder(folder);
  } catch (error) {
    if (record !== null) removeQuietly(record);
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

/** What kept a file from being moved. */
interface Trouble {
  readonly kind: 'conflict' | 'failed';
  /** The cause alone, a sentence. */
  readonly why: string;
  /** What of it stayed in quarantine all the same, a sentence; null when nothing did. */
  readonly left: string | null;
}

/** Why a file could not be moved; null when it was. */
function moveOne(folder: string, quarantine: string, file: KeptFile, files: FileExchange | null): Trouble | null {
  const from = join(folder, file.original);
  const to = join(quarantine, file.name);
  const changed: Trouble = { kind: 'conflict', why: changedWords(file), left: null };
  const now = printOf(from);
  if (now === null || !isUntouched(file.print, now)) return changed;
  const shown = quoteHostile(file.original, 120);
  const step = moveOrLink(files, from, to, file.print);
  if (step.kind !== 'done') {
    const trouble = moveTrouble(step);
    if (trouble === null) return changed;
    const left = step.kind === 'both' ? `${shown} lies in quarantine too.` : null;
    return { kind: 'failed', why: `${shown} could not be moved: ${trouble}.`, left };
  }
  const out = printOf(to);
  if (out !== null && isSameLock(out, file.print)) return null;
  // Something took its name between the look and the step: that one goes back at once.
  if (out === null || moveOrLink(files, to, from, out).kind === 'done') return changed;
  const name = quoteHostile(join(QUARANTINE, file.name), 200);
  return { ...changed, left: `What came to stand at ${shown} right then lies at ${name}, and could not be put back.` };
}

/** Puts back what was moved already. What is written down about it stays for as long as anything of it does. */
function takeBack(
  folder: string,
  quarantine: string,
  kept: Kept,
  moved: readonly KeptFile[],
  { kind, why, left }: Trouble,
  files: FileExchange | null,
): MoveAsideOutcome {
  const stuck = moved.filter(
    (file) => moveOrLink(files, join(quarantine, file.name), join(folder, file.original), file.print).kind !== 'done',
  );
  syncQuietly(quarantine, folder);
  if (stuck.length > 0 || left !== null) {
    const names = stuck.map(({ original }) => quoteHostile(original, 60)).join(', ');
    const notBack =
      stuck.length === 0
        ? ''
        : ` What was moved already could not be put back: ${names}. It lies in quarantine and can be put back by an undo.`;
    return { kind: 'failed', error: `${why}${left === null ? '' : ` ${left}`}${notBack}` };
  }
  removeQuietly(join(quarantine, keptRecordName(kept.id)));
  return kind === 'conflict'
    ? { kind, message: `${why} Nothing was changed.` }
    : { kind, error: `${why} Nothing was changed.` };
}

function changedWords(file: KeptFile): string {
  return `${quoteHostile(file.original, 120)} is not the file that you saw any more.`;
}
