import { join } from 'node:path';
import { describeError } from '../../host/errors';
import { type FileExchange, fileExchange } from '../../host/exchange';
import { removeQuietly, syncQuietly } from '../../host/names';
import { type ActionResult, assertNever, quoteHostile, type Undoable } from '../../model';
import { sortNames } from '../events/sort-names';
import { isInside } from '../locks/inside';
import { dropSecondName, isEmpty, moveOrLink, moveTrouble, restoreTimes, whereIs } from '../locks/kept-files';
import { type Kept, type KeptFile, keptRecordName, listKept, QUARANTINE, readKept } from '../locks/quarantine';
import { underWriteLock } from '../locks/under-lock';
import type { LedgerReader } from '../reading/ledger-reader';
import type { ActionGround } from '../writing/check-claim';
import { namesOf } from './mend';
import { listAtOnce, programReason } from './mend-subject';
import { namingOf } from './trailing';

/** The sets of files that mends took away from a ledger and that are kept, the newest first. Never throws. */
export function listMended(ground: ActionGround): readonly Undoable[] {
  const { reader } = ground;
  const sets = mendedIn(reader);
  return sets.map((kept): Undoable => {
    const [first, ...others] = kept.files.map(whereFrom);
    const files = first === undefined ? [] : [first, ...others];
    return {
      file: first?.file ?? '',
      to: first?.to ?? '',
      files,
      id: kept.id,
      action: kept.why.action,
      resource: kept.resource,
      holder: kept.holder,
      seen: kept.seen,
      takenAt: kept.takenAt,
      reason: kept.reason,
      against: reasonAgainst(ground, kept, sets),
    };
  });
}

function mendedIn({ folder, proofFolder }: LedgerReader): readonly Kept[] {
  if (!isInside(proofFolder, folder)) return [];
  return listKept(folder).filter((kept) => kept.why.action === 'mend' && !isEmpty(folder, kept));
}

/** Whether an id is that of a set of files that a mend took away. Never throws. */
export function isMended({ reader }: ActionGround, id: string): boolean {
  return readKept(reader.folder, id)?.why.action === 'mend';
}

/**
 * Puts a set of files back that a mend took away, each with its bytes, mode and times, the lowest number first: all of
 * them, or none. Only where nothing was written since. Under the write lock. Never rejects.
 */
export async function undoMend(ground: ActionGround, id: string, signal: AbortSignal): Promise<ActionResult> {
  const { reader, host } = ground;
  // Not even a lock of ours is made where the ledger is not ours to write into.
  if (reader.outOfReach !== null) return refused(`${outOfReach(reader.outOfReach)} Nothing was changed.`);
  const loaded = await fileExchange();
  const ran = await underWriteLock(reader.folder, { host, signal }, (): ActionResult => {
    const kept = readKept(reader.folder, id);
    if (kept === null) return refused('Nothing of that name is kept here any more. Nothing was changed.');
    const trouble = reasonAgainst(ground, kept, mendedIn(reader)) ?? programReason(ground);
    if (trouble !== null) return refused(`${trouble} Nothing was changed.`);
    return putBackAll(reader.folder, kept, loaded.kind === 'can' ? loaded.files : null);
  });
  if (ran.kind !== 'ran') return ran;
  const { value, warning } = ran;
  if (value.kind !== 'done' || warning === null) return value;
  return { ...value, warnings: [...value.warnings, warning] };
}

function putBackAll(folder: string, kept: Kept, files: FileExchange | null): ActionResult {
  const quarantine = join(folder, QUARANTINE);
  const warnings: string[] = [];
  const back: KeptFile[] = [];
  for (const file of kept.files) {
    if (whereIs(folder, file).kind === 'in-place') {
      dropSecondName(folder, file);
      continue;
    }
    const to = join(folder, file.original);
    const step = moveOrLink(files, join(quarantine, file.name), to, file.print);
    if (step.kind === 'done') {
      back.push(file);
      warnings.push(...restoreTimes(to, file));
      continue;
    }
    const shown = quoteHostile(file.original, 120);
    const trouble = moveTrouble(step);
    const why =
      trouble !== null
        ? `${shown} could not be put back: ${trouble}.`
        : step.kind === 'gone'
          ? `${shown} does not lie in ${QUARANTINE} any more.`
          : `Something else stands at ${shown} now.`;
    // Those that are back already go into quarantine again, the last first: the ledger stays as it was found.
    const stuck = back
      .reverse()
      .filter(
        (each) =>
          moveOrLink(files, join(folder, each.original), join(quarantine, each.name), each.print).kind !== 'done',
      );
    syncQuietly(quarantine, folder);
    if (stuck.length > 0 || step.kind === 'both') {
      return { kind: 'failed', error: `${why} Some files were put back, others were not: try the undo again.` };
    }
    return trouble === null
      ? { kind: 'conflict', message: `${why} Nothing was changed.` }
      : { kind: 'failed', error: `${why} Nothing was changed.` };
  }
  syncQuietly(folder, quarantine);
  removeQuietly(join(quarantine, keptRecordName(kept.id)));
  syncQuietly(quarantine);
  return {
    kind: 'done',
    message: `Put back ${namesOf(kept)}, with bytes, mode and times.${afterwards(kept)}`,
    written: [],
    warnings,
  };
}

function afterwards({ why }: Kept): string {
  if (why.action !== 'mend') return '';
  switch (why.mend) {
    case 'trailing-events':
      return ' Its own tools cannot read the proof again, as before the mend.';
    case 'leftover-files':
      return '';
    default:
      return assertNever(why.mend);
  }
}

function whereFrom({ original, name }: KeptFile): { readonly file: string; readonly to: string } {
  return { file: `ledger/${original}`, to: `ledger/${QUARANTINE}/${name}` };
}

/**
 * What there is to say against putting a set back, in a sentence; null when there is nothing. `sets` are all that are
 * kept. Of several ends of a ledger only the last one is looked at file by file. Never throws.
 */
function reasonAgainst({ reader }: ActionGround, kept: Kept, sets: readonly Kept[]): string | null {
  const { folder } = reader;
  if (reader.outOfReach !== null) return outOfReach(reader.outOfReach);
  const newer = isEndOfLedger(kept) ? sets.find((each) => each.id > kept.id && isEndOfLedger(each)) : undefined;
  if (newer !== undefined) return `A later mend took away ${namesOf(newer)}. Put that back first.`;
  let anyKept = false;
  for (const file of kept.files) {
    const where = whereIs(folder, file);
    if (where.kind === 'gone') return where.why;
    anyKept ||= where.kind === 'kept';
  }
  if (!anyKept) return `Nothing of it lies in ${QUARANTINE} any more.`;
  return isEndOfLedger(kept) ? whatWasWritten(reader, kept) : null;
}

function outOfReach(why: string): string {
  return `The ledger cannot be read: ${why}.`;
}

function isEndOfLedger({ why }: Kept): boolean {
  return why.action === 'mend' && why.mend === 'trailing-events';
}

/** A ledger that goes on behind the mend cannot have its old end back. */
function whatWasWritten(reader: LedgerReader, kept: Kept): string | null {
  try {
    const names = sortNames(listAtOnce(reader.folder), namingOf(reader));
    if (names.consecutive < kept.head) {
      return `The ledger has lost events since: #${(names.consecutive + 1).toString()} is not there any more.`;
    }
    const own = new Set(kept.files.map(({ original }) => original));
    const newer = names
      .after(kept.head)
      .filter(({ name }) => !own.has(name))
      .at(-1);
    return newer === undefined ? null : `The ledger has gone on since, to #${newer.sequence.toString()}.`;
  } catch (error) {
    return `The ledger cannot be listed: ${describeError(error)}.`;
  }
}

function refused(reason: string): ActionResult {
  return { kind: 'refused', reasons: [reason] };
}
