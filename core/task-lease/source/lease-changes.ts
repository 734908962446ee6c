import { type Claim, instantFromMs, isOver, type Transition, type TransitionKind } from '../../model';
import type { Cell } from '../database/messages';
import { textOf } from './cells';

/** So many transitions are kept of a source, the newest. */
const MOST_KEPT = 2_000;

/**
 * What became of claims from one reading to the next. The database keeps no past: the time is that of the reading, and
 * what came and went between two readings was not seen.
 */
export class LeaseChanges {
  #kept: Transition[] = [];

  /** Oldest first. */
  newest(claimId: string, limit: number): readonly Transition[] {
    const of = this.#kept.filter((transition) => transition.claimId === claimId);
    return of.slice(Math.max(0, of.length - limit));
  }

  keep(transitions: readonly Transition[]): void {
    this.#kept.push(...transitions);
    if (this.#kept.length > MOST_KEPT) this.#kept = this.#kept.slice(-MOST_KEPT);
  }
}

/** What happened to a claim between two readings. */
export function changesOf(before: Claim | null, after: Claim, nowMs: number): readonly Transition[] {
  if (before === null) return [transition(after, 'taken', nowMs)];
  const isSameHold = before.holder.name === after.holder.name && before.acquiredAt?.ms === after.acquiredAt?.ms;
  if (!isSameHold) {
    // Whoever takes a lease that is over ends nothing.
    const ended = isLeaseOver(before, nowMs) ? [] : [transition(before, 'released', nowMs)];
    return [...ended, transition(after, 'taken', nowMs)];
  }
  const changes: Transition[] = [];
  if (endOf(after) > endOf(before)) changes.push(transition(after, 'extended', nowMs));
  if (!isGone(before) && isGone(after)) changes.push(transition(after, 'holder-died', nowMs));
  return changes;
}

/**
 * How a claim ended that is not there any more. The cleanup of leases that are over sets a task that was *In Progress* back
 * to *Todo*; a release keeps the status. Where that does not tell, it was a release.
 *
 * @param statusNow the task's status now; null where the task is gone, or that is not known
 */
export function endOfClaim(before: Claim, statusBefore: string, statusNow: Cell, nowMs: number): Transition {
  const wasCleanedUp = statusBefore === 'In Progress' && textOf(statusNow) === 'Todo' && isLeaseOver(before, nowMs);
  return transition(before, wasCleanedUp ? 'reaped' : 'released', nowMs);
}

function isLeaseOver({ lease }: Claim, nowMs: number): boolean {
  return lease.kind === 'until' && isOver(lease.expiresAt, lease.toleranceMs, nowMs);
}

function endOf({ lease }: Claim): number {
  return lease.kind === 'until' ? lease.expiresAt.ms : 0;
}

function isGone({ evidence }: Claim): boolean {
  return evidence.some((e) => e.kind === 'holder-gone');
}

function transition(claim: Claim, kind: TransitionKind, nowMs: number): Transition {
  const hasUntil = kind === 'taken' || kind === 'extended';
  return {
    claimId: claim.id,
    kind,
    at: instantFromMs(nowMs),
    basis: 'observed',
    sequence: null,
    holder: claim.holder.name,
    until: hasUntil && claim.lease.kind === 'until' ? claim.lease.expiresAt : null,
  };
}
