import { randomUUID } from 'node:crypto';
import { fileExchange } from '../../host/exchange';
import {
  type ActionResult,
  assertNever,
  type MendKind,
  type MendPlan,
  type MendRequest,
  type PlanOutcome,
  quoteHostile,
} from '../../model';
import { formatMark, newMark } from '../locks/lock-content';
import { hiddenWarning } from '../locks/peers';
import { type Kept, type KeptFile, keptName, newKeptId, QUARANTINE } from '../locks/quarantine';
import { underWriteLock } from '../locks/under-lock';
import type { ActionGround } from '../writing/check-claim';
import { findSubject, type MendSubject, programReason, readsAs, writerMayLive } from './mend-subject';
import { moveAside } from './move-aside';

/** What a mend would do. Writes nothing. Rejects only when aborted. */
export async function planMend(
  ground: ActionGround,
  { mend, seen }: MendRequest,
  signal: AbortSignal,
): Promise<PlanOutcome> {
  const found = await findSubject(ground, mend, signal);
  if (found.kind === 'not') return { kind: 'refused', reasons: [found.reason] };
  const { subject } = found;
  const busy = whoIsAtWork(ground, mend, subject);
  if (busy !== null) return { kind: 'refused', reasons: [busy] };
  if (subject.seen !== seen) {
    return { kind: 'conflict', message: 'What is to be mended is not what you saw any more. Nothing was changed.' };
  }
  const id = newKeptId(ground.host.clock.nowMs());
  const plan: MendPlan = {
    id: randomUUID(),
    action: 'mend',
    mend,
    resource: subject.resource,
    holder: null,
    seen,
    verdict: null,
    evidence: [],
    consequence: subject.consequence,
    writes: [],
    removes: filesIn(id, subject).map(({ original, name }) => removal(original, name)),
    undo: subject.undo,
    warnings: [...subject.warnings, ...hiddenWarning(ground.host.processes)],
    needs: { reason: subject.confirmation !== null, confirmation: subject.confirmation },
    after: subject.after,
  };
  return { kind: 'planned', plan };
}

/**
 * Does what such a plan says, under one hold of the write lock, if everything is still as it was seen. The ledger must
 * have been read just before, and be read again after it. Rejects only when aborted before anything was done.
 */
export async function commitMend(
  ground: ActionGround,
  plan: MendPlan,
  options: { readonly reason: string | null; readonly signal: AbortSignal },
): Promise<ActionResult> {
  const { reader, host } = ground;
  const id = idIn(plan);
  if (id === null) return { kind: 'failed', error: 'The plan takes nothing away.' };
  const found = await findSubject(ground, plan.mend, options.signal);
  if (found.kind === 'not') return { kind: 'refused', reasons: [`${found.reason} Nothing was changed.`] };
  const { subject } = found;
  if (subject.seen !== plan.seen) {
    return { kind: 'conflict', message: 'What is to be mended is not what you saw any more. Nothing was changed.' };
  }
  const kept: Kept = {
    id,
    files: filesIn(id, subject),
    takenAt: new Date(host.clock.nowMs()).toISOString(),
    takenBy: formatMark(newMark(host.processes.self())),
    why: { action: 'mend', mend: plan.mend },
    resource: subject.resource,
    holder: null,
    seen: plan.seen,
    reason: options.reason,
    head: subject.head,
  };
  const loaded = await fileExchange();
  const ran = await underWriteLock(reader.folder, { host, signal: options.signal }, () => {
    const busy = whoIsAtWork(ground, plan.mend, subject);
    if (busy !== null) return { kind: 'refused', reasons: [busy] } as const;
    const changed = subject.changed();
    if (changed !== null) return { kind: 'conflict', message: changed } as const;
    return moveAside(reader.folder, kept, loaded.kind === 'can' ? loaded.files : null);
  });
  if (ran.kind !== 'ran') return ran;
  const { value, warning } = ran;
  switch (value.kind) {
    case 'moved':
      for (const { original } of kept.files) reader.hint(original);
      return {
        kind: 'done',
        message: `Moved to quarantine: ${namesOf(kept)}. ${subject.after === null ? 'It can be put back.' : `It can be put back as long as nothing is written. ${readsAs(subject.after)}`}`,
        written: [],
        removed: kept.files.map(({ original, name }) => ({ ...removal(original, name), undoId: id })),
        warnings: warning === null ? [] : [warning],
      };
    case 'refused':
    case 'conflict':
    case 'failed':
      return value;
    default:
      return assertNever(value);
  }
}

function whoIsAtWork(ground: ActionGround, mend: MendKind, subject: MendSubject): string | null {
  return mend === 'leftover-files' ? writerMayLive(ground, subject.files) : programReason(ground);
}

function filesIn(id: string, { files }: MendSubject): readonly [KeptFile, ...KeptFile[]] {
  const fileOf = ({ name, print }: MendSubject['files'][0], at: number): KeptFile => ({
    original: name,
    name: keptName(id, name, at + 1),
    print,
  });
  const [first, ...others] = files;
  return [fileOf(first, 0), ...others.map((file, at) => fileOf(file, at + 1))];
}

function removal(original: string, name: string): { readonly file: string; readonly to: string } {
  return { file: `ledger/${original}`, to: `ledger/${QUARANTINE}/${name}` };
}

function idIn({ removes = [] }: MendPlan): string | null {
  return /\/(\d{8}T\d{9}Z-[0-9a-f]{16})-1-[^/]*$/.exec(removes[0]?.to ?? '')?.[1] ?? null;
}

const MOST_NAMED = 5;

/** The names of a set of files, for a sentence. */
export function namesOf({ files }: Kept): string {
  const names = files.slice(0, MOST_NAMED).map(({ original }) => quoteHostile(original, 60));
  const more = files.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more.toString()} more` : ''}`;
}
