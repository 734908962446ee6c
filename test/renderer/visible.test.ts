import { describe, expect, it } from 'vitest';
import { DEFAULT_SORT } from '../../renderer/store/order';
import { foldChanges } from '../../renderer/store/picture';
import { createVisible, type ViewChoice } from '../../renderer/store/visible';
import { claimRow, pictureOf, snapshotOf, sourceRow } from './rows';

const ALL: ViewChoice = { preset: 'all', filter: '', sourceId: null, holder: null, sort: DEFAULT_SORT };

describe('the rows to show', () => {
  const picture = pictureOf(
    snapshotOf(
      1,
      [
        claimRow('1.10', { waiters: 2 }),
        claimRow('1.9', { verdict: 'expired' }),
        claimRow('1.9', { sourceId: 'source-2', holder: 'bo', verdict: 'expiring' }),
      ],
      [sourceRow(), sourceRow('source-2', { title: 'other' })],
    ),
  );

  it('counts what each preset would show of what the filter leaves', () => {
    const visible = createVisible();
    expect(visible(picture, ALL).counts).toEqual({ all: 3, stale: 1, contended: 1, expiring: 1 });
    const parity = visible(picture, { ...ALL, filter: 'source:parity' });
    expect(parity.counts).toEqual({ all: 2, stale: 1, contended: 1, expiring: 0 });
    const stale = visible(picture, { ...ALL, preset: 'stale' });
    expect(stale.rows.map((row) => row.resource)).toEqual(['1.9']);
    expect(stale.counts.all).toBe(3);
  });

  it('shows one source, or one holder by its exact name', () => {
    const visible = createVisible();
    expect(visible(picture, { ...ALL, sourceId: 'source-2' }).rows).toHaveLength(1);
    expect(visible(picture, { ...ALL, holder: 'b' }).rows).toHaveLength(0);
    expect(visible(picture, { ...ALL, holder: 'bo' }).rows).toHaveLength(1);
  });

  it('gives the same answer again as long as nothing changes', () => {
    const visible = createVisible();
    const first = visible(picture, ALL);
    expect(visible(picture, { ...ALL })).toBe(first);
    const folded = foldChanges(picture, [{ from: 1, to: 2, changes: [{ kind: 'audit', count: 3 }] }], 0);
    if (folded.kind !== 'folded') throw new Error('It should follow.');
    expect(visible(folded.picture, ALL)).toBe(first);
  });

  it('filters and orders 50,000 claims while one types', () => {
    const many = pictureOf(
      snapshotOf(
        1,
        Array.from({ length: 50_000 }, (_, n) =>
          claimRow(`1.${n.toString()}`, { holder: `agent-${(n % 90).toString()}` }),
        ),
      ),
    );
    const visible = createVisible();
    visible(many, ALL);
    visible(many, { ...ALL, filter: 'warm' });
    // Its own time, whatever else the machine does; the best of three, since some of it is the engine's.
    const times = ['7', '8', '9'].map((agent) => {
      const before = process.cpuUsage();
      expect(visible(many, { ...ALL, filter: `holder:agent-${agent} -1.4` }).rows.length).toBeGreaterThan(100);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(250);
  });
});
