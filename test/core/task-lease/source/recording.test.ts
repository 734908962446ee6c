import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { allEvidence, judge } from '../../../../core/model';
import { handClock, RECORDED_AT_S, RECORDING, recordedProject } from '../todo-project';
import { leasesHost, readOnce, removeProgramsAfterwards, sourceOf } from './leases-host';

removeProgramsAfterwards();

interface Said {
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
  }[];
}

const said = JSON.parse(readFileSync(path.join(RECORDING, 'expected-stale.json'), 'utf8')) as Said;

it('says of a recording what the living program said at that moment, to the second', async () => {
  const project = recordedProject();
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));

  const { status, upserted, note, reset } = await readOnce(source);

  expect({ status, note, reset }).toEqual({ status: { kind: 'readable' }, note: 'WAL', reset: true });
  const nowMs = RECORDED_AT_S * 1_000;
  const seen = upserted.map((claim) => {
    const evidence = allEvidence(claim, nowMs);
    const verdict = judge(claim, evidence, nowMs);
    return {
      TaskID: claim.resource,
      Assignee: claim.holder.name,
      AssignedAt: claim.acquiredAt?.ms,
      LockUntil: claim.lease.kind === 'until' ? claim.lease.expiresAt.ms : null,
      IsExpired: verdict === 'expired' || verdict === 'abandoned',
      IsStale: evidence.some(({ kind }) => kind === 'long-over'),
      isNear: verdict === 'expiring',
    };
  });
  const byId = (a: { TaskID: string }, b: { TaskID: string }): number => (a.TaskID < b.TaskID ? -1 : 1);
  const withoutBand = seen.map(({ TaskID, Assignee, AssignedAt, LockUntil, IsExpired, IsStale }) => {
    return { TaskID, Assignee, AssignedAt, LockUntil, IsExpired, IsStale };
  });
  expect(withoutBand.sort(byId)).toEqual(
    said.Locks.map(({ TaskID, Assignee, AssignedAt, LockUntil, IsExpired, IsStale }) => ({
      TaskID,
      Assignee,
      AssignedAt: Date.parse(AssignedAt),
      LockUntil: Date.parse(LockUntil),
      IsExpired,
      IsStale,
    })).sort(byId),
  );
  expect(seen.filter(({ IsExpired }) => IsExpired)).toHaveLength(said.ExpiredCount);
  expect(seen.filter(({ isNear }) => isNear)).toHaveLength(said.NearExpiryCount);
  expect(seen.filter(({ IsStale }) => IsStale)).toHaveLength(said.StaleCount);
  expect(project.files()).toEqual(['todo2.db']);
});

it('judges each second at the borders of the bands as the living program does', async () => {
  const project = recordedProject();
  const host = await leasesHost(handClock(RECORDED_AT_S));
  const { upserted } = await readOnce(sourceOf(project, host));
  const claim = upserted.find(({ resource }) => resource === 'T-1000')!;
  const untilS = claim.lease.kind === 'until' ? claim.lease.expiresAt.ms / 1_000 : 0;

  for (const offset of [-301, -300, -299, -1, 0, 1, 299, 300, 301]) {
    for (const fraction of [0, 0.001, 0.999]) {
      const nowS = untilS + offset;
      const nowMs = (nowS + fraction) * 1_000;
      const evidence = allEvidence(claim, nowMs);
      const isExpired = untilS < nowS;
      const verdict = judge({ ...claim, evidence: [] }, [], nowMs);
      expect(verdict, `${offset} s, ${fraction}`).toBe(
        isExpired ? 'expired' : untilS < nowS + 300 ? 'expiring' : 'live',
      );
      const isLong = evidence.some(({ kind }) => kind === 'long-over');
      expect(isLong, `${offset} s, ${fraction}`).toBe(isExpired && nowS - untilS > 300);
    }
  }
});
