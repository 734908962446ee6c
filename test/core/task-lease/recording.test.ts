import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeResult } from '../../../core/task-lease/lease-results';
import { handClock, openLeases, RECORDED_AT_S, RECORDING, recordedProject } from './todo-project';

/** As the living program prints them; its durations are in ns. */
interface ExpectedReport {
  readonly ExpiredCount: number;
  readonly NearExpiryCount: number;
  readonly StaleCount: number;
  readonly Locks: readonly {
    readonly TaskID: string;
    readonly Assignee: string;
    readonly AssignedAt: string;
    readonly LockUntil: string;
    readonly IsExpired: boolean;
    readonly IsStale: boolean;
    readonly TimeRemaining: number;
    readonly TimeExpired: number;
  }[];
}

function expected(name: string): string {
  return readFileSync(path.join(RECORDING, name), 'utf8');
}

describe('what the living program recorded', () => {
  it('is reported as that program did, times to the second', async () => {
    const said = JSON.parse(expected('expected-stale.json')) as ExpectedReport;
    const leases = openLeases(recordedProject(), handClock(RECORDED_AT_S));
    const read = await leases.taskLeases();
    if (read.kind !== 'read') throw new Error(describeResult(read));
    const { report } = read;
    expect(report.expiredCount).toBe(said.ExpiredCount);
    expect(report.nearExpiryCount).toBe(said.NearExpiryCount);
    expect(report.staleCount).toBe(said.StaleCount);
    expect(report.endless).toEqual([]);
    expect(
      report.leases.map(({ taskId, assignee, assignedAtMs, lockUntilMs, band }) => ({
        taskId,
        assignee,
        assignedAtMs,
        lockUntilMs,
        isExpired: band === 'expired' || band === 'stale',
        isStale: band === 'stale',
      })),
    ).toEqual(
      said.Locks.map((lock) => ({
        taskId: lock.TaskID,
        assignee: lock.Assignee,
        assignedAtMs: Date.parse(lock.AssignedAt),
        lockUntilMs: Date.parse(lock.LockUntil),
        isExpired: lock.IsExpired,
        isStale: lock.IsStale,
      })),
    );
    for (const [i, lock] of said.Locks.entries()) {
      const ours = report.leases[i];
      expect(Math.abs((ours?.remainingMs ?? Number.NaN) - lock.TimeRemaining / 1e6), lock.TaskID).toBeLessThanOrEqual(
        1_000,
      );
      expect(Math.abs((ours?.overMs ?? Number.NaN) - lock.TimeExpired / 1e6), lock.TaskID).toBeLessThanOrEqual(1_000);
    }
  });

  it('refuses a claim of a held task by naming its holder and its end, as that program did', async () => {
    const said = expected('expected-claim-conflict.txt');
    const leases = openLeases(recordedProject());
    const refused = await leases.claimTaskForAgent('T-1000', 'frontend-agent-buildbox-1', 60_000);
    expect(refused).toMatchObject({ kind: 'held', taskId: 'T-1000' });
    if (refused.kind !== 'held') return;
    expect(said).toContain(`"LockedBy":"${refused.holder}"`);
    expect(said).toContain(`lock expires at ${(refused.untilMs / 1000).toString()})`);
    expect(describeResult(refused)).toBe(
      'Task T-1000 is held by backend-agent-buildbox-4242 until 2026-11-21T10:38:16Z.',
    );
  });
});
