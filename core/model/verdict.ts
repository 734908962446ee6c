import type { Claim, ClaimAction } from './claim';
import { type Evidence, isOver } from './evidence';

/**
 * What the evidence adds up to.
 *
 * - `live`: the lease runs, or the kernel lists the lock (or, without a lease, the holder is proven alive). Says nothing
 *   of the holder's health.
 * - `expiring`: live, in the last fifth of the lease, at most 5 minutes, or as its protocol has it (`Claim.bands`).
 * - `expired`: time is up, the holder is not known to be gone.
 * - `abandoned`: the holder is proven gone, and the lease is over or there is none.
 * - `unknown`: the evidence does not decide. Always a correct answer.
 */
export type Verdict = 'live' | 'expiring' | 'expired' | 'abandoned' | 'unknown';

export const VERDICTS: readonly Verdict[] = ['abandoned', 'expired', 'unknown', 'expiring', 'live'];

/** Stale: expired or abandoned, nothing else. Only a stale claim may be reaped. */
export function isStale(verdict: Verdict): boolean {
  return verdict === 'expired' || verdict === 'abandoned';
}

const EXPIRING_AT_MOST_MS = 5 * 60_000;
const EXPIRING_SHARE = 1 / 5;

/** When a lease enters its last part, in unix ms; null for a claim without a lease. */
export function expiringFromMs(claim: Claim): number | null {
  return claim.lease.kind === 'none' ? null : lastPartFromMs(claim, claim.lease.expiresAt.ms);
}

/** When the last part of a lease of this claim begins that ends at `endMs`, both in unix ms. */
function lastPartFromMs(claim: Claim, endMs: number): number {
  if (claim.bands !== undefined) return endMs - claim.bands.nearExpiryMs;
  const length = claim.acquiredAt === null ? Number.POSITIVE_INFINITY : Math.max(0, endMs - claim.acquiredAt.ms);
  return endMs - Math.min(EXPIRING_AT_MOST_MS, length * EXPIRING_SHARE);
}

/**
 * The verdict on a claim at `asOfMs` (unix ms), from its lease and the given evidence alone. Pure.
 *
 * A lock file that names a running lease for the same resource keeps the claim live, whoever it names:
 * two records that disagree never add up to "stale". Neither does anything while the kernel lists the lock: it is held,
 * whoever is gone.
 */
export function judge(claim: Claim, evidence: readonly Evidence[], asOfMs: number): Verdict {
  if (evidence.some((e) => e.kind === 'source-out-of-reach')) return 'unknown';
  if (evidence.some((e) => e.kind === 'kernel-lists')) return 'live';
  const gone = evidence.some((e) => e.kind === 'holder-gone');
  const alive = evidence.some((e) => e.kind === 'holder-alive');
  if (claim.lease.kind === 'none') {
    if (gone && !alive) return 'abandoned';
    return alive && !gone ? 'live' : 'unknown';
  }
  const { expiresAt, toleranceMs } = claim.lease;
  const runs = !isOver(expiresAt, toleranceMs, asOfMs);
  const lastEndMs = runs ? expiresAt.ms : lastLockFileEndMs(evidence, asOfMs);
  if (lastEndMs === null) return gone && !alive ? 'abandoned' : 'expired';
  return asOfMs >= lastPartFromMs(claim, lastEndMs) ? 'expiring' : 'live';
}

/** The latest end among the lock files whose lease runs, in unix ms; null when none does. */
function lastLockFileEndMs(evidence: readonly Evidence[], asOfMs: number): number | null {
  const running = evidence.filter(isLockFile).filter((e) => !isOver(e.expiresAt, e.toleranceMs, asOfMs));
  return running.length === 0 ? null : Math.max(...running.map((e) => e.expiresAt.ms));
}

function isLockFile(e: Evidence): e is Extract<Evidence, { kind: 'lock-file-agrees' | 'lock-file-differs' }> {
  return e.kind === 'lock-file-agrees' || e.kind === 'lock-file-differs';
}

/**
 * The next moment (unix ms) after `asOfMs` at which time alone can change the verdict; null when it can't.
 * The moment itself already has the new verdict.
 */
export function nextVerdictChangeMs(claim: Claim, asOfMs: number): number | null {
  const moments: number[] = [];
  if (claim.lease.kind === 'until') {
    moments.push(claim.lease.expiresAt.ms + claim.lease.toleranceMs + 1);
    const expiring = expiringFromMs(claim);
    if (expiring !== null) moments.push(Math.ceil(expiring));
    // What is said of it changes then.
    if (claim.bands !== undefined) moments.push(claim.lease.expiresAt.ms + claim.bands.longOverMs + 1);
  }
  for (const e of claim.evidence) {
    if (isLockFile(e)) {
      moments.push(e.expiresAt.ms + e.toleranceMs + 1, Math.ceil(lastPartFromMs(claim, e.expiresAt.ms)));
    }
  }
  const later = moments.filter((m) => m > asOfMs);
  return later.length === 0 ? null : Math.min(...later);
}

/** The actions that make sense for a verdict, out of those that the protocol can do. */
export function actionsFor(possible: readonly ClaimAction[], verdict: Verdict): readonly ClaimAction[] {
  const wanted: readonly ClaimAction[] = isStale(verdict)
    ? ['reap', 'release']
    : ['release', 'force-release', 'terminate', 'kill'];
  return wanted.filter((action) => possible.includes(action));
}
