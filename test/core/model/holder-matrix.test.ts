import { describe, expect, it } from 'vitest';
import {
  allEvidence,
  type Claim,
  flagsOf,
  holderEvidence,
  instantFromMs,
  judge,
  type Lease,
  type PidFacts,
  type ProcessIdentity,
  type ProcessState,
  stateOfPid,
} from '../../../core/model';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const MINUTE = 60_000;

const HOSTS = ['same', 'other', 'unknown'] as const;
const PIDS = ['alive', 'gone', 'reused', 'reused at once', 'not permitted', 'in a namespace', 'collected'] as const;
const BOOTS = ['before the claim', 'after the claim'] as const;
const LEASES = ['running', 'expired', 'none'] as const;
/** How far the machine's clock was moved between the claim and now, in ms. */
const CLOCKS = [-10 * MINUTE, -MINUTE, 0, MINUTE, 10 * MINUTE];
/** How long before now the claim was taken, by a clock that is right, in ms. */
const AGES = [5 * 1_000, 9 * MINUTE, 45 * MINUTE];

interface Case {
  readonly host: (typeof HOSTS)[number];
  readonly pid: (typeof PIDS)[number];
  readonly boot: (typeof BOOTS)[number];
  readonly lease: (typeof LEASES)[number];
  readonly clockMs: number;
  readonly ageMs: number;
}

const CASES: readonly Case[] = HOSTS.flatMap((host) =>
  PIDS.flatMap((pid) =>
    BOOTS.flatMap((boot) =>
      LEASES.flatMap((lease) =>
        CLOCKS.flatMap((clockMs) => AGES.map((ageMs): Case => ({ host, pid, boot, lease, clockMs, ageMs }))),
      ),
    ),
  ),
);

/** Whether the one who claimed works still, in a world that is as the case has it. */
function livesInTruth({ host, pid, boot }: Case): boolean {
  if (host !== 'same') return true;
  if (boot === 'after the claim') return false;
  return pid === 'alive' || pid === 'not permitted' || pid === 'in a namespace';
}

/** What the machine tells, its clock now being `clockMs` ahead of what it was at the claim. */
function factsOf({ pid, boot, ageMs, clockMs }: Case): PidFacts {
  // True moments, then told by the clock as it is now.
  const claimedAtMs = NOW - ageMs;
  const bootedAtMs = boot === 'after the claim' ? NOW - ageMs / 2 : NOW - 24 * 60 * MINUTE;
  const started: Record<Case['pid'], number | null> = {
    alive: boot === 'after the claim' ? bootedAtMs + 1_000 : claimedAtMs - 1_000,
    gone: null,
    reused: NOW - 100,
    'reused at once': claimedAtMs + 2_000,
    'not permitted': claimedAtMs - 1_000,
    'in a namespace': null,
    collected: claimedAtMs - 1_000,
  };
  const startedAtMs = started[pid];
  return {
    allProcessesSeen: true,
    bootedAtMs: bootedAtMs + clockMs,
    pid: pid === 'not permitted' ? 'not-permitted' : startedAtMs === null ? 'free' : 'taken',
    startedAtMs: startedAtMs === null ? null : startedAtMs + clockMs,
    ended: pid === 'collected',
    mayRunInside: () => pid === 'in a namespace',
  };
}

function stateOf(each: Case): ProcessState | null {
  switch (each.host) {
    case 'same':
      return stateOfPid(factsOf(each), NOW - each.ageMs);
    case 'other':
      return { kind: 'unknown', why: 'other-host' };
    case 'unknown':
      return null;
  }
}

const HOLDER: ProcessIdentity = { host: 'buildbox', bootId: null, pidNamespace: null, pid: 4242, startTicks: null };

function leaseOf({ lease, clockMs }: Case): Lease {
  if (lease === 'none') return { kind: 'none' };
  // Whether it runs is asked of the clock as it is now.
  const endMs = NOW + clockMs + (lease === 'running' ? 6 * MINUTE : -1_000);
  return { kind: 'until', expiresAt: instantFromMs(endMs), toleranceMs: 0 };
}

function claimOf(each: Case): Claim {
  const state = stateOf(each);
  return {
    id: 'task:T-1',
    protocol: 'task-lease',
    kind: 'task',
    resource: 'T-1',
    title: null,
    holder: { name: 'general-buildbox-4242', process: HOLDER },
    acquiredAt: instantFromMs(NOW - each.ageMs),
    lease: leaseOf(each),
    evidence: [
      state === null ? { kind: 'holder-unknowable', why: 'names-no-host' } : holderEvidence(HOLDER, state),
      { kind: 'claim-outlives-process' },
    ],
    bands: { nearExpiryMs: 5 * MINUTE, longOverMs: 5 * MINUTE },
    seen: 'x',
    recordLabel: null,
    possibleActions: ['release', 'reap', 'force-release'],
  };
}

function verdictOf(each: Case): ReturnType<typeof judge> {
  const claim = claimOf(each);
  return judge(claim, claim.evidence, NOW + each.clockMs);
}

const inWords = (each: Case): string => JSON.stringify(each);

describe('the holder of a claim: host, pid, reboot, lease and clocks', () => {
  it('is a table of every case', () => {
    expect(CASES).toHaveLength(3 * 7 * 2 * 3 * 5 * 3);
  });

  it('no claim of a holder that lives is ever abandoned', () => {
    const wrong = CASES.filter((each) => livesInTruth(each) && verdictOf(each) === 'abandoned');
    expect(wrong.map(inWords)).toEqual([]);
  });

  it('no lease that runs is anything but live, whatever became of its holder', () => {
    const wrong = CASES.filter((each) => each.lease === 'running' && verdictOf(each) !== 'live');
    expect(wrong.map(inWords)).toEqual([]);
  });

  it('a lease that is over is expired or abandoned, and nothing without a lease is stale but by proof', () => {
    const wrong = CASES.filter((each) => {
      const verdict = verdictOf(each);
      if (each.lease === 'expired') return verdict !== 'expired' && verdict !== 'abandoned';
      return each.lease === 'none' && verdict === 'expired';
    });
    expect(wrong.map(inWords)).toEqual([]);
  });

  it('another host, an unnamed one, EPERM and another namespace are unknown', () => {
    const unknown = CASES.filter(
      ({ host, pid, boot }) =>
        host !== 'same' || (boot === 'before the claim' && (pid === 'not permitted' || pid === 'in a namespace')),
    );
    const wrong = unknown.filter((each) => (stateOf(each)?.kind ?? 'unknown') !== 'unknown');
    expect(wrong.map(inWords)).toEqual([]);
    expect(new Set(unknown.filter(({ lease }) => lease === 'none').map(verdictOf))).toEqual(new Set(['unknown']));
  });

  it('what is proven is said: an ended process, an old pid of a later one, a reboot', () => {
    const proven = (host: Case['host'], pid: Case['pid'], boot: Case['boot']): ReturnType<typeof judge> =>
      verdictOf({ host, pid, boot, lease: 'expired', clockMs: 0, ageMs: 45 * MINUTE });
    expect(proven('same', 'gone', 'before the claim')).toBe('abandoned');
    expect(proven('same', 'collected', 'before the claim')).toBe('abandoned');
    expect(proven('same', 'reused', 'before the claim')).toBe('abandoned');
    expect(proven('same', 'alive', 'after the claim')).toBe('abandoned');
    // Within what clocks may be wrong by, nothing is.
    expect(proven('same', 'reused at once', 'before the claim')).toBe('expired');
  });

  it('a holder that is still there after its lease is a zombie holder, and no other is', () => {
    const zombies = CASES.filter((each) => flagsOf(claimOf(each), NOW + each.clockMs).includes('zombie-holder'));
    expect(zombies.length).toBeGreaterThan(0);
    const wrong = zombies.filter((each) => each.lease !== 'expired' || stateOf(each)?.kind !== 'alive');
    expect(wrong.map(inWords)).toEqual([]);
  });

  it('a lock that the kernel lists is live whatever its pid, and its evidence is kept', () => {
    for (const each of CASES.filter(({ lease }) => lease === 'none')) {
      const claim = claimOf(each);
      const listed: Claim = {
        ...claim,
        evidence: [...claim.evidence, { kind: 'kernel-lists', lock: 'FLOCK', access: 'write', range: '0 to the end' }],
      };
      expect(judge(listed, listed.evidence, NOW)).toBe('live');
      expect(allEvidence(listed, NOW)).toEqual(expect.arrayContaining([...listed.evidence.slice(0, 1)]));
    }
  });
});
