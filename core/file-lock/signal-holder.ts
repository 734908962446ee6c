import { randomUUID } from 'node:crypto';
import type { HeldLock, LockProcess } from '../host/kernel-locks';
import { type ProcessSignalsOutcome, processSignals } from '../host/process-signal';
import {
  type ActionResult,
  allEvidence,
  type Claim,
  type ClaimPlan,
  formatDuration,
  judge,
  type PlanOutcome,
  quoteHostile,
  type SignalAction,
} from '../model';
import { commandOf, mainHolder, nameOf } from './lock-claim';

/** How long a signalled holder is waited for, in ms, and how often it is looked for. */
const GONE_WITHIN_MS = 2_000;
const LOOK_MS = 50;

const SIGNAL = { terminate: 'SIGTERM', kill: 'SIGKILL' } as const;

/** A lock as it is now, and what of it is known here. */
export interface SignalGround {
  readonly claim: Claim;
  readonly lock: HeldLock;
}

/** What is known of a lock at one moment. */
export type LockNow =
  | ({ readonly kind: 'held' } & SignalGround)
  | { readonly kind: 'not-held' }
  /** The kernel's list could not be read. Why, in words that end a sentence. */
  | { readonly kind: 'not-known'; readonly reason: string };

/** Why the process that holds a lock is not signalled from here, in a sentence; null where it can be. */
export function whyNotSignalled(lock: HeldLock, can: ProcessSignalsOutcome = processSignals()): string | null {
  const holder = mainHolder(lock)?.process;
  if (holder === undefined) return 'Who holds this lock is not seen, so nobody can be signalled.';
  const { pid, startTicks, pidNamespace } = holder.identity;
  if (can.kind === 'cannot') return can.reason;
  if (startTicks === null) return 'When its holder started is not known, so it cannot be told from a later process.';
  if (pid === 1) return 'The first process of a system is never signalled.';
  if (pid === process.pid) return 'Lockscope does not signal itself.';
  if (pid === process.ppid)
    return 'Its holder is the process that started Lockscope, which is not signalled from here.';
  if (holder.namespace === null || holder.namespace !== pidNamespace) {
    return 'Its holder runs in another process namespace (a container): end it from there.';
  }
  return null;
}

/** What signalling the holder would do. Writes nothing. */
export function planSignal(action: SignalAction, { claim, lock }: SignalGround, nowMs: number): PlanOutcome {
  const refusal = whyNotSignalled(lock);
  const holder = mainHolder(lock)?.process;
  if (refusal !== null || holder === undefined) {
    return { kind: 'refused', reasons: [refusal ?? 'Who holds this lock is not seen.'] };
  }
  const pid = holder.identity.pid.toString();
  const evidence = allEvidence(claim, nowMs);
  const verdict = judge(claim, claim.evidence, nowMs);
  const holderName = claim.holder.name;
  const plan: ClaimPlan<SignalAction> = {
    id: randomUUID(),
    action,
    claims: [
      { claimId: claim.id, seen: claim.seen, resource: claim.resource, holder: holderName, verdict, evidence: [] },
    ],
    actAs: null,
    resource: claim.resource,
    holder: holderName,
    seen: claim.seen,
    verdict,
    evidence,
    consequence: consequenceOf(action, holder, lock, nowMs),
    writes: [],
    undo: "Can't be undone: a process that has ended does not come back.",
    warnings: warningsOf(action, lock),
    needs: { reason: true, confirmation: pid },
  };
  return { kind: 'planned', plan };
}

function consequenceOf(action: SignalAction, holder: LockProcess, lock: HeldLock, nowMs: number): string {
  const age =
    holder.startedAtMs === null ? '' : `, running for ${formatDuration(Math.max(0, nowMs - holder.startedAtMs))}`;
  const user = holder.user === null ? '' : ` of user ${quoteHostile(holder.user)}`;
  const who = `Process ${holder.identity.pid.toString()}${user} (${quoteHostile(commandOf(holder), 200)}${age})`;
  const ends =
    lock.holders.length === 1
      ? 'the kernel gives its lock to whoever waits, or frees it, as soon as it has ended'
      : 'the lock stays held as long as another process that shares it runs';
  return action === 'terminate'
    ? `${who} is told to end (SIGTERM): it may finish what it does first, or not listen; ${ends}. Work in progress may be lost.`
    : `${who} is ended at once (SIGKILL), without a chance to finish or to tidy up: its work in progress is lost, and what it was writing may be left half done; ${ends}.`;
}

function warningsOf(action: SignalAction, lock: HeldLock): readonly string[] {
  const warnings: string[] = [];
  const others = lock.holders.slice(1);
  if (others.length > 0) {
    const names = others
      .slice(0, 5)
      .map(({ process }) => `${process.identity.pid.toString()} (${quoteHostile(nameOf(process), 40)})`);
    const more = others.length > names.length ? ` and ${(others.length - names.length).toString()} more` : '';
    warnings.push(`These share the lock and keep it when the holder ends: process ${names.join(', ')}${more}.`);
  }
  if (action === 'kill') warnings.push('Children that it started go on running, and may go on writing.');
  return warnings;
}

/** What signalling needs of its source. */
export interface SignalLooks {
  /** The lock of a claim as it is now. Looks afresh. */
  readonly look: (claimId: string) => LockNow;
  /** The signal was sent to this process. */
  readonly onSent: (process: LockProcess) => void;
}

/**
 * Signals the holder that a plan names, and nobody else: the process is held by a descriptor first, and only then it is
 * looked once more whether that very process still has that very lock. Says whether the lock is gone after up to 2 s.
 */
export async function commitSignal(
  plan: ClaimPlan<SignalAction>,
  { look, onSent }: SignalLooks,
  signal: AbortSignal,
): Promise<ActionResult> {
  const [wanted] = plan.claims;
  if (wanted === undefined || plan.claims.length > 1) {
    return { kind: 'refused', reasons: ['Holders are signalled one at a time.'] };
  }
  const can = processSignals();
  if (can.kind === 'cannot') return { kind: 'refused', reasons: [can.reason] };
  const before = look(wanted.claimId);
  if (before.kind !== 'held') return notSignalled(before);
  // Of whoever else has it now, nobody has approved anything.
  if (before.claim.seen !== wanted.seen) return changed();
  const refusal = whyNotSignalled(before.lock, can);
  const holder = mainHolder(before.lock)?.process;
  if (refusal !== null || holder === undefined) {
    return { kind: 'refused', reasons: [refusal ?? 'Who holds this lock is not seen.'] };
  }
  const opened = can.signals.open(holder.identity.pid);
  if (opened.kind === 'gone') return gone();
  if (opened.kind === 'broken') return { kind: 'failed', error: `The process cannot be reached: ${opened.error}.` };
  try {
    // From here on its number cannot become that of another one.
    const now = look(wanted.claimId);
    if (now.kind !== 'held') return notSignalled(now);
    if (now.claim.seen !== wanted.seen) return changed();
    const holderNow = mainHolder(now.lock)?.process;
    if (holderNow === undefined || !isSame(holderNow, holder)) return changed();
    const sent = opened.process.send(SIGNAL[plan.action]);
    switch (sent.kind) {
      case 'gone':
        return gone();
      case 'not-permitted':
        return { kind: 'refused', reasons: ['The system does not let this user signal that process.'] };
      case 'broken':
        return { kind: 'failed', error: `The signal could not be sent: ${sent.error}.` };
      case 'sent':
        break;
    }
    onSent(holder);
  } finally {
    opened.process.close();
  }
  return afterwards(plan.action, wanted, holder, look, signal);
}

/** What became of the lock. */
async function afterwards(
  action: SignalAction,
  wanted: { readonly claimId: string },
  holder: LockProcess,
  look: SignalLooks['look'],
  signal: AbortSignal,
): Promise<ActionResult> {
  const pid = holder.identity.pid.toString();
  const told = action === 'terminate' ? `Process ${pid} was told to end` : `Process ${pid} was killed`;
  const until = performance.now() + GONE_WITHIN_MS;
  let wasUnseen = false;
  for (let isFirst = true; ; isFirst = false) {
    if (!isFirst) await pause(LOOK_MS);
    const now = look(wanted.claimId);
    const isLast = performance.now() >= until || signal.aborted;
    if (now.kind === 'not-held') return done(`${told}. The lock is gone.`);
    if (now.kind === 'not-known') {
      if (isLast) return done(`${told}. Whether the lock is gone is not known.`, [sentence(now.reason)]);
      wasUnseen = false;
      continue;
    }
    if (isHeldBy(now.lock, holder)) {
      if (isLast) return done(`${told}. It has the lock still.`, [stillThere(action)]);
      wasUnseen = false;
      continue;
    }
    if (now.lock.holders.length > 0) {
      return done(`${told}, and it has the lock no longer.`, [
        'The lock is still held: another process that shared it has it.',
      ]);
    }
    // While it ends, its files are gone before its locks are; and one look alone may be of a list that was read before.
    if (isLast && wasUnseen) {
      return done(`${told}, and it has the lock no longer.`, ['The lock is still held, by somebody who is not seen.']);
    }
    wasUnseen = true;
  }
}

function stillThere(action: SignalAction): string {
  return action === 'terminate'
    ? 'It did not end within 2 s: it may need time to finish, or not listen. It can be killed now.'
    : 'It did not end within 2 s: the system may be waiting for a disk on its behalf.';
}

function isHeldBy(lock: HeldLock, holder: LockProcess): boolean {
  return lock.holders.some(({ process }) => isSame(process, holder));
}

function isSame({ identity: a }: LockProcess, { identity: b }: LockProcess): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks;
}

/** Why nothing was done about a lock that is not, or not known to be, held. */
function notSignalled(now: Exclude<LockNow, { readonly kind: 'held' }>): ActionResult {
  if (now.kind === 'not-held') return gone();
  const error = `Whether that lock is held is not known: ${now.reason}. Nobody was signalled.`;
  return { kind: 'failed', error };
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function done(message: string, warnings: readonly string[] = []): ActionResult {
  return { kind: 'done', message, written: [], warnings };
}

function gone(): ActionResult {
  return { kind: 'conflict', message: 'That lock is not held any more. Nobody was signalled.' };
}

function changed(): ActionResult {
  return {
    kind: 'conflict',
    message: 'The lock is held by another process, or in another way, than was seen. Nobody was signalled.',
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
