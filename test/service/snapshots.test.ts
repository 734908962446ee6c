import { describe, expect, test } from 'vitest';
import type { SnapshotPart } from '../../contract';
import { createSnapshots } from '../../service/snapshots';
import { claimRow, sourceRow } from '../renderer/rows';

const snapshot = (count: number, title: string | null = null) => ({
  revision: 5,
  sources: [sourceRow()],
  claims: Array.from({ length: count }, (_, i) => claimRow(i.toString(), { title })),
});

function claimsOf(part: SnapshotPart): number {
  return part.kind === 'claims' ? part.claims.length : -1;
}

describe('a snapshot in parts', () => {
  test('is whole at once while it is small', () => {
    const start = createSnapshots(() => 0).begin({}, snapshot(2_000));
    expect(start).toMatchObject({ revision: 5, total: 2_000, next: null });
    expect(start.claims).toHaveLength(2_000);
  });

  test('goes on where it ended, each token once', () => {
    const session = {};
    const snapshots = createSnapshots(() => 0);
    const whole = snapshot(4_001);
    const start = snapshots.begin(session, whole);
    const second = snapshots.more(session, start.next ?? '');
    expect(snapshots.more(session, start.next ?? '')).toEqual({ kind: 'over' });
    const third = snapshots.more(session, (second.kind === 'claims' && second.next) || '');
    if (second.kind !== 'claims' || third.kind !== 'claims') throw new Error('There is more.');
    expect([...start.claims, ...second.claims, ...third.claims]).toEqual(whole.claims);
    expect(third.next).toBeNull();
  });

  test('is for its session, for a minute, and only the last one', () => {
    let nowMs = 0;
    const session = {};
    const snapshots = createSnapshots(() => nowMs);
    const { next } = snapshots.begin(session, snapshot(3_000));
    expect(snapshots.more({}, next ?? '')).toEqual({ kind: 'over' });
    nowMs = 60_001;
    expect(snapshots.more(session, next ?? '')).toEqual({ kind: 'over' });
    const again = snapshots.begin(session, snapshot(3_000));
    const newest = snapshots.begin(session, snapshot(3_000));
    expect(snapshots.more(session, again.next ?? '')).toEqual({ kind: 'over' });
    expect(claimsOf(snapshots.more(session, newest.next ?? ''))).toBe(1_000);
  });

  test('has parts that stay small however long the names are', () => {
    const start = createSnapshots(() => 0).begin({}, snapshot(2_000, 'x'.repeat(10_000)));
    expect(JSON.stringify(start.claims).length).toBeLessThan(1_500_000);
    const one = createSnapshots(() => 0).begin({}, snapshot(3, 'x'.repeat(1_000_000)));
    expect(one.claims).toHaveLength(1);
  });
});
