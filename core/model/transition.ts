import type { Instant } from './time';

export type TransitionKind = 'taken' | 'extended' | 'released' | 'reaped' | 'expired' | 'holder-died' | 'dropped';

/**
 * One change of a claim.
 *
 * `recorded`: the source itself says so. `observed`: we saw it, and the time is ours.
 * In a living ledger a reap is written exactly like a release, so it reads as `released` there.
 * `dropped`: the source's rules ended the claim without saying so (a repeated `node_created`).
 */
export interface Transition {
  /** The id of the claim that changed. */
  readonly claimId: string;
  readonly kind: TransitionKind;
  /** Null where the record carries no readable time. */
  readonly at: Instant | null;
  readonly basis: 'recorded' | 'observed';
  /** The number of the event that says it, if one does. */
  readonly sequence: number | null;
  /** Who took, extended or lost it. Hostile text. */
  readonly holder: string | null;
  /** For `taken` and `extended`: until when. */
  readonly until: Instant | null;
}
