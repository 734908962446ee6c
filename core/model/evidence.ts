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
      readonly why:
        | 'names-no-process'
        | 'names-no-host'
        /** It names a process, and not when the claim was taken: the number may be another's by now. */
        | 'says-not-when'
        | 'other-host'
        | 'not-permitted'
        | 'other-namespace'
        | 'started-about-then';
    }
  /** The lease is over and its holder is still there: a zombie holder, which may go on writing. */
  | { readonly kind: 'holder-outlived-lease'; readonly process: ProcessIdentity }
  /** The holder's process is gone while its lease runs, which this protocol's programs do on purpose. */
  | { readonly kind: 'claim-outlives-process' }
  /** Nobody seems to work under a lease that runs. */
  | { readonly kind: 'ghost-lease'; readonly why: 'task-finished' | 'process-gone' }
  | { readonly kind: 'task-status'; readonly status: string }
  /** It has no end, and its own tools take it for free. */
  | { readonly kind: 'never-expires-unseen' }
  /** Its own tools call a lease stale that is over for so long. */
  | { readonly kind: 'long-over'; readonly afterMs: number }
  /** The kernel lists the lock: it is held, whoever holds it. */
  | {
      readonly kind: 'kernel-lists';
      readonly lock: KernelLockKind;
      readonly access: 'read' | 'write';
      /** In bytes, `0 to the end`. */
      readonly range: string;
    }
  /** A process that has the lock through this descriptor. */
  | {
      readonly kind: 'holds-descriptor';
      readonly pid: number;
      readonly fd: number;
      readonly command: string;
      readonly user: string | null;
      readonly startedAt: Instant | null;
    }
  /** The lock is held, and who holds it is not seen. `pid` is whom the kernel names. */
  | {
      readonly kind: 'holder-not-seen';
      readonly why: 'taker-ended' | 'names-nobody' | 'other-namespace' | 'not-permitted';
      readonly pid: number | null;
    }
  /** The kernel lists a lock on the file that goes with this claim. */
  | {
      readonly kind: 'task-lock-file';
      readonly file: string;
      readonly pid: number | null;
      readonly agrees: boolean | null;
    }
  /** Another holder has the same resource at the same time. */
  | { readonly kind: 'held-twice'; readonly other: string }
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

/** How a program took a kernel lock, as the kernel names it: flock(2), POSIX fcntl, or fcntl of an open file description. */
export type KernelLockKind = 'FLOCK' | 'POSIX' | 'OFDLCK';

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
  const facts = claim.evidence.filter((e) => isTimely(e, lease));
  const heldSince = facts.find((e) => e.kind === 'lock-held-since');
  const presumed: readonly Evidence[] =
    heldSince !== undefined && asOfMs - heldSince.since.ms > PRESUMED_STALE_AFTER_MS
      ? [{ kind: 'lock-presumed-stale', afterMs: PRESUMED_STALE_AFTER_MS }]
      : [];
  return [lease, ...presumed, ...afterTheEnd(claim, lease, asOfMs), ...facts];
}

/** What adds to a lease that is over: how long, and that its holder is still there. */
function afterTheEnd(claim: Claim, lease: Evidence, asOfMs: number): readonly Evidence[] {
  if (lease.kind !== 'lease-over') return [];
  const evidence: Evidence[] = [];
  const { bands } = claim;
  if (bands !== undefined && asOfMs - lease.since.ms > bands.longOverMs)
    evidence.push({ kind: 'long-over', afterMs: bands.longOverMs });
  const alive = claim.evidence.find((e) => e.kind === 'holder-alive');
  if (alive !== undefined && !claim.evidence.some((e) => e.kind === 'holder-gone')) {
    evidence.push({ kind: 'holder-outlived-lease', process: alive.process });
  }
  return evidence;
}

const ONLY_AFTER_THE_END: ReadonlySet<Evidence['kind']> = new Set<Evidence['kind']>([
  'extension-may-be-unrecorded',
  'owner-may-go-on',
]);
const ONLY_BEFORE_THE_END: ReadonlySet<Evidence['kind']> = new Set<Evidence['kind']>([
  'claim-outlives-process',
  'ghost-lease',
]);

/** Some facts matter only after the end of a lease, and some only before. */
function isTimely({ kind }: Evidence, lease: Evidence): boolean {
  if (ONLY_AFTER_THE_END.has(kind)) return lease.kind === 'lease-over';
  return !ONLY_BEFORE_THE_END.has(kind) || lease.kind === 'lease-runs';
}

/** Whether a fact speaks for the holder, against it, or leaves it open; for the sign beside it. */
export function evidenceTone(evidence: Evidence): 'for' | 'against' | 'gone' | 'open' {
  switch (evidence.kind) {
    case 'lease-runs':
    case 'holder-alive':
    case 'lock-file-agrees':
    case 'kernel-lists':
    case 'holds-descriptor':
      return 'for';
    case 'lease-over':
    case 'lock-presumed-stale':
    case 'long-over':
    case 'held-twice':
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
    case 'holder-outlived-lease':
    case 'claim-outlives-process':
    case 'ghost-lease':
    case 'task-status':
    case 'never-expires-unseen':
    case 'holder-not-seen':
    case 'task-lock-file':
      return 'open';
    default:
      return assertNever(evidence);
  }
}
