import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assertNever, type MendKind, quoteHostile, type ReadsAfter } from '../../model';
import { LedgerNames } from '../events/ledger-names';
import { sortNames } from '../events/sort-names';
import { parseOwnTempName } from '../locks/lock-content';
import { isUntouched, printOf } from '../locks/lock-print';
import { livingPrograms } from '../locks/peers';
import { QUARANTINE } from '../locks/quarantine';
import type { LedgerReader } from '../reading/ledger-reader';
import type { ActionGround } from '../writing/check-claim';
import { crashedIn, findLeftovers } from './leftovers';
import { type FoundFile, findTrailing, namingOf, type TrailingMend } from './trailing';

/** Everything that a mend is about: what goes, why, and what is left. */
export interface MendSubject {
  /** By name; the last one is moved first. */
  readonly files: readonly [FoundFile, ...FoundFile[]];
  readonly seen: string;
  readonly resource: string;
  readonly consequence: string;
  readonly undo: string;
  readonly warnings: readonly string[];
  /** What has to be typed; null where nothing has. */
  readonly confirmation: string | null;
  readonly after: ReadsAfter | null;
  /** The number of the ledger's last event afterwards. */
  readonly head: number;
  /** Under the write lock: why it is not as it was any more, in a sentence; null when it is. Throws the system's error. */
  readonly changed: () => string | null;
}

export type SubjectOutcome =
  | { readonly kind: 'subject'; readonly subject: MendSubject }
  /** There is nothing of the kind to mend, or it may not be. `later`: it may be otherwise in some seconds. */
  | { readonly kind: 'not'; readonly reason: string; readonly later: boolean };

/** Finds out what a mend would be about now. The ledger must have been read just before. Rejects only when aborted. */
export function findSubject(ground: ActionGround, mend: MendKind, signal: AbortSignal): Promise<SubjectOutcome> {
  switch (mend) {
    case 'trailing-events':
      return findTrailingSubject(ground, signal);
    case 'leftover-files':
      return Promise.resolve(findLeftoverSubject(ground));
    default:
      return assertNever(mend);
  }
}

/** The living program at work on this proof, as a reason to wait; null when it is not seen. */
export function programReason({ reader, host }: ActionGround): string | null {
  const [program] = livingPrograms(host.processes.near(reader.proofFolder));
  if (program === undefined) return null;
  const command = quoteHostile(program.argv.join(' '), 80);
  return `Process ${program.pid.toString()} (${command}) is at work on this proof. Try again when it has ended.`;
}

async function findTrailingSubject(ground: ActionGround, signal: AbortSignal): Promise<SubjectOutcome> {
  const { reader, host } = ground;
  const found = await findTrailing(reader, host.clock.nowMs(), signal);
  if (found.kind === 'not') return found;
  const { mend } = found;
  const { files, after, warnings } = mend;
  const [first] = files;
  const shown = quoteHostile(first.name, 80);
  const subject: MendSubject = {
    files,
    seen: mend.seen,
    resource: files.length === 1 ? first.name : `${files.length.toString()} files from ${first.name} on`,
    consequence: `${files.length === 1 ? `${shown} goes` : `${files.length.toString()} files, from ${shown} on, go`} to quarantine, as ${files.length === 1 ? 'it is' : 'they are'}. ${readsAs(after)}`,
    undo: 'Can be undone as long as nothing is written after it: what goes is kept with its bytes, mode and times. Its tools cannot read the proof then, as now.',
    warnings,
    confirmation: warnings.length === 0 ? null : first.name,
    after,
    head: after.head,
    changed: () => whatChanged(reader, mend),
  };
  return { kind: 'subject', subject };
}

/** What a proof reads as, in a sentence. */
export function readsAs({ head, held }: { readonly head: number; readonly held: number }): string {
  if (head === 0) return 'Its own tools then read it as an empty ledger.';
  const claims = held === 0 ? 'no claim' : held === 1 ? '1 claim' : `${held.toString()} claims`;
  return `Its own tools then read it up to #${head.toString()}, with ${claims}.`;
}

/** Lists a ledger folder without letting anybody in between. Throws the system's error. */
export function listAtOnce(folder: string): LedgerNames {
  const entries = readdirSync(folder, { withFileTypes: true });
  return LedgerNames.of(entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() })));
}

/** Names are all listed again: an event that came meanwhile is there by its name alone. */
function whatChanged(reader: LedgerReader, mend: TrailingMend): string | null {
  const names = sortNames(listAtOnce(reader.folder), namingOf(reader));
  const { head } = mend.after;
  if (names.consecutive < head) return 'An event that was to stay is gone. Nothing was changed.';
  const now = [...names.extra, ...names.after(head)].map(({ name }) => name);
  const planned = new Set(mend.files.map(({ name }) => name));
  if (now.length !== planned.size || !now.every((name) => planned.has(name))) {
    return 'The ledger holds other files than those that you saw. Nothing was changed.';
  }
  if (mend.last === null) return null;
  const last = printOf(join(reader.folder, mend.last.name));
  if (last !== null && isUntouched(mend.last.print, last)) return null;
  return `${quoteHostile(mend.last.name, 80)} is not the event that it was. Nothing was changed.`;
}

function findLeftoverSubject(ground: ActionGround): SubjectOutcome {
  const { reader } = ground;
  if (reader.outOfReach !== null) return not(`The ledger cannot be read: ${reader.outOfReach}.`);
  const { names, seen } = findLeftovers(ground, crashedIn(ground));
  const files: FoundFile[] = [];
  for (const name of names) {
    const print = printOf(join(reader.folder, name));
    if (print?.kind === 'file') files.push({ name, print });
  }
  const [first, ...others] = files;
  if (first === undefined) {
    return not('No file is left here by a writer that did not finish: there is nothing to mend.');
  }
  const [what, they, them] =
    files.length === 1
      ? [`${quoteHostile(first.name, 120)} goes`, 'it is', 'it']
      : [`${files.length.toString()} files that writers left behind go`, 'they are', 'them'];
  const subject: MendSubject = {
    files: [first, ...others],
    seen,
    resource: files.length === 1 ? first.name : `${files.length.toString()} leftover files`,
    consequence: `${what} to quarantine. No tool reads ${them}, so the ledger reads as before.`,
    undo: `Can be undone at any time: ${they} kept with bytes, mode and times.`,
    warnings: [],
    confirmation: null,
    after: null,
    head: reader.head,
    changed: () => null,
  };
  return { kind: 'subject', subject };
}

/** Who a temp file of others belongs to is not known: the living program at this proof may be its writer. */
export function writerMayLive(ground: ActionGround, files: readonly FoundFile[]): string | null {
  const self = ground.host.processes.self();
  const isOurs = (name: string): boolean => name.startsWith(`${QUARANTINE}/`) || parseOwnTempName(name, self) !== null;
  return files.every(({ name }) => isOurs(name)) ? null : programReason(ground);
}

function not(reason: string): SubjectOutcome {
  return { kind: 'not', reason, later: false };
}
