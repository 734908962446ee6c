import { assertNever } from './assert-never';
import type { Claim, ProcessIdentity } from './claim';
import type { Instant } from './time';

/**
 * One fact about a claim and where it comes from.
 *
 * Closed, so that every fact has its weight in `judge` and its words in `describeEvidence`.
 */
export type Evidence =
  | { readonly kind: 'lease-runs'; readonly until: Instant; readonly from: string }
  | { readonly kind: 'lease-over'; readonly since: Instant; readonly from: string }
  | { readonly kind: 'no-lease'; readonly from: string }
  | { readonly kind: 'extension-may-be-unrecorded' }
  | { readonly kind: 'owner-may-go-on' }
  | { readonly kind: 'holder-alive'; readonly process: ProcessIdentity }
  | {
      readonly kind: 'holder-gone';
      readonly process: ProcessIdentity;
      readonly how: 'ended' | 'pid-reused' | 'rebooted';
    }
  | {
      readonly kind: 'holder-unknowable';
      readonly why: 'names-no-process' | 'other-host' | 'not-permitted' | 'other-namespace';
    }
  | { readonly kind: 'lock-held-since'; readonly since: Instant; readonly from: 'record' | 'file time' }
  | { readonly kind: 'lock-presumed-stale'; readonly afterMs: number }
  | {
      readonly kind: 'record-incomplete';
      readonly what: 'empty' | 'half written' | 'a directory' | 'not a file' | 'not readable by this user';
    }
  | { readonly kind: 'temp-file-beside'; readonly name: string; readonly writtenAt: Instant }
  | { readonly kind: 'no-temp-file-beside' }
  | { readonly kind: 'ledger-grew-since'; readonly events: number }
  | { readonly kind: 'ledger-did-not-grow-since' }
  | {
      readonly kind: 'process-nearby';
      readonly pid: number;
      readonly command: string;
      readonly how: 'working directory' | 'command line';
    }
  | { readonly kind: 'no-process-nearby' }
  /** None was found near; of so many it cannot be seen where they work. Null: no process of others can be seen here. */
  | { readonly kind: 'nearby-not-seen'; readonly hidden: number | null }
  | {
      readonly kind: 'lock-file-agrees';
      readonly file: string;
      readonly expiresAt: Instant;
      readonly toleranceMs: number;
    }
  | {
      readonly kind: 'lock-file-differs';
      readonly file: string;
      readonly owner: string;
      readonly expiresAt: Instant;
      readonly toleranceMs: number;
    }
  | { readonly kind: 'only-in-lock-file'; readonly file: string }
  | { readonly kind: 'taken-in-the-future'; readonly at: Instant; readonly aheadMs: number }
  | { readonly kind: 'shown-up-to'; readonly sequence: number }
  | { readonly kind: 'source-out-of-reach'; readonly since: Instant; readonly why: string };

/** The facts that the clock adds: whether the lease runs at `asOfMs` (unix ms). */
export function leaseEvidence(claim: Claim, asOfMs: number): Evidence {
  const from = claim.recordLabel ?? 'the record';
  if (claim.lease.kind === 'none') return { kind: 'no-lease', from };
  const { expiresAt, toleranceMs } = claim.lease;
  return isOver(expiresAt, toleranceMs, asOfMs)
    ? { kind: 'lease-over', since: expiresAt, from }
    : { kind: 'lease-runs', until: expiresAt, from };
}

/** Whether a lease that ends at `expiresAt` is over at `asOfMs` (unix ms), tolerance counted. */
export function isOver(expiresAt: Instant, toleranceMs: number, asOfMs: number): boolean {
  return expiresAt.ms + toleranceMs < asOfMs;
}

/** A lock without a lease whose writers hold it for milliseconds is presumed stale after this long. Never proof. */
const PRESUMED_STALE_AFTER_MS = 30_000;

/** All evidence of a claim at `asOfMs`, the lease first; facts that matter only after its end appear only then. */
export function allEvidence(claim: Claim, asOfMs: number): readonly Evidence[] {
  const lease = leaseEvidence(claim, asOfMs);
  const facts = claim.evidence.filter((e) => lease.kind === 'lease-over' || !mattersOnlyAfterTheEnd(e));
  const heldSince = facts.find((e) => e.kind === 'lock-held-since');
  const presumed: readonly Evidence[] =
    heldSince !== undefined && asOfMs - heldSince.since.ms > PRESUMED_STALE_AFTER_MS
      ? [{ kind: 'lock-presumed-stale', afterMs: PRESUMED_STALE_AFTER_MS }]
      : [];
  return [lease, ...presumed, ...facts];
}

function mattersOnlyAfterTheEnd(e: Evidence): boolean {
  return e.kind === 'extension-may-be-unrecorded' || e.kind === 'owner-may-go-on';
}

/** Whether a fact speaks for the holder, against it, or leaves it open; for the sign beside it. */
export function evidenceTone(evidence: Evidence): 'for' | 'against' | 'gone' | 'open' {
  switch (evidence.kind) {
    case 'lease-runs':
    case 'holder-alive':
    case 'lock-file-agrees':
      return 'for';
    case 'lease-over':
    case 'lock-presumed-stale':
      return 'against';
    case 'holder-gone':
      return 'gone';
    case 'no-lease':
    case 'extension-may-be-unrecorded':
    case 'owner-may-go-on':
    case 'holder-unknowable':
    case 'lock-held-since':
    case 'record-incomplete':
    case 'temp-file-beside':
    case 'no-temp-file-beside':
    case 'ledger-grew-since':
    case 'ledger-did-not-grow-since':
    case 'process-nearby':
    case 'no-process-nearby':
    case 'nearby-not-seen':
    case 'lock-file-differs':
    case 'only-in-lock-file':
    case 'taken-in-the-future':
    case 'shown-up-to':
    case 'source-out-of-reach':
      return 'open';
    default:
      return assertNever(evidence);
  }
}
