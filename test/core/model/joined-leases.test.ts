import { describe, expect, it } from 'vitest';
import { type Claim, instantFromMs, judge, nextVerdictChangeMs } from '../../../core/model';

const START = Date.parse('2026-11-21T10:00:00Z');
const after = (seconds: number) => START + seconds * 1000;

/** A claim of 600 s that a lock file of the same owner repeats until `fileEnd`, in seconds. */
function claimWithLockFile(fileEnd: number): Claim {
  return {
    id: 'node:1',
    protocol: 'ledger',
    kind: 'node',
    resource: '1',
    title: null,
    holder: { name: 'ada', process: null },
    acquiredAt: instantFromMs(START),
    lease: { kind: 'until', expiresAt: instantFromMs(after(600)), toleranceMs: 0 },
    evidence: [
      { kind: 'lock-file-agrees', file: 'locks/1.lock', expiresAt: instantFromMs(after(fileEnd)), toleranceMs: 5000 },
    ],
    seen: '1',
    recordLabel: null,
    possibleActions: ['reap'],
  };
}

describe('a lease that a lock file repeats', () => {
  it('goes from live over expiring to expired, and never back to live', () => {
    const claim = claimWithLockFile(600);
    const verdictAt = (seconds: number) => judge(claim, claim.evidence, after(seconds));
    expect([100, 500, 600, 602, 605, 605.1].map(verdictAt)).toEqual([
      'live',
      'expiring',
      'expiring',
      'expiring',
      'expiring',
      'expired',
    ]);
  });

  it('is live again where the lock file says so', () => {
    const claim = claimWithLockFile(3600);
    expect(judge(claim, claim.evidence, after(601))).toBe('live');
    expect(judge(claim, claim.evidence, after(3599))).toBe('expiring');
  });

  it('is judged anew at each moment at which the verdict changes', () => {
    const claim = claimWithLockFile(3600);
    let verdict = judge(claim, claim.evidence, START);
    const told = [verdict];
    for (let at: number | null = START; at !== null; at = nextVerdictChangeMs(claim, at)) {
      verdict = judge(claim, claim.evidence, at);
      if (verdict !== told.at(-1)) told.push(verdict);
    }
    expect(told).toEqual(['live', 'expiring', 'live', 'expiring', 'expired']);
  });
});
