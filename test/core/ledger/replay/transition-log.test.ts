import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGoTime } from '../../../../core/ledger/events/go-time';
import type { LedgerTransition } from '../../../../core/ledger/replay/replay';
import { type TransitionColumns, TransitionLog } from '../../../../core/ledger/replay/transition-log';
import type { Instant } from '../../../../core/model';

const TIMES = [
  '2026-01-15T10:30:00Z',
  '2026-01-15T9:30:00,123456789+02:00',
  `2026-01-15T10:30:00.${'7'.repeat(3_000)}Z`,
];
const time = fc.option(fc.constantFrom(...TIMES).map((text) => parseGoTime(text) as Instant));
const name = fc.oneof(fc.constantFrom('1', '1.1', '', 'ada', '✓'), fc.string({ unit: 'binary' }));

const transition: fc.Arbitrary<LedgerTransition> = fc.record({
  node: name,
  kind: fc.constantFrom('taken', 'extended', 'released', 'reaped', 'expired', 'holder-died', 'dropped'),
  at: time,
  sequence: fc.nat(),
  holder: fc.option(name),
  until: time,
});

function logOf(transitions: readonly LedgerTransition[]): TransitionLog {
  const log = new TransitionLog();
  for (const each of transitions) log.add(each);
  return log;
}

/** As it comes back from disk: copied, and without room to spare. */
function copied(columns: TransitionColumns): TransitionColumns {
  return structuredClone(columns);
}

describe('a log of transitions', () => {
  it('gives back what was added, of all and of each node, also after a way through plain columns', () => {
    fc.assert(
      fc.property(
        fc.array(transition, { maxLength: 200 }),
        fc.array(transition, { maxLength: 20 }),
        fc.nat(10),
        (before, after, limit) => {
          const log = TransitionLog.fromColumns(copied(logOf(before).columns()));
          if (log === null) throw new Error('its own columns do not fit');
          for (const each of after) log.add(each);
          const all = [...before, ...after];
          expect(log.count).toBe(all.length);
          expect([...log.range()]).toEqual(all);
          expect([...log.range(before.length)]).toEqual(after);
          expect([...log.range(0, before.length)]).toEqual(before);
          for (const node of new Set([...all.map((each) => each.node), 'nobody'])) {
            const ofNode = all.filter((each) => each.node === node);
            expect(log.newestOf(node, limit)).toEqual(limit === 0 ? [] : ofNode.slice(-limit));
            expect(log.newestOf(node, Number.POSITIVE_INFINITY)).toEqual(ofNode);
          }
        },
      ),
    );
  });

  it('takes no columns that do not fit one another', () => {
    const transitions: LedgerTransition[] = [1, 2, 3].map((sequence) => ({
      node: sequence === 2 ? '1.2' : '1.1',
      kind: 'taken',
      at: parseGoTime('2026-01-15T10:30:00Z') as Instant,
      sequence,
      holder: 'ada',
      until: null,
    }));
    const good = (): TransitionColumns => copied(logOf(transitions).columns());
    expect(TransitionLog.fromColumns(good())).not.toBeNull();
    const lies: readonly ((columns: TransitionColumns) => TransitionColumns)[] = [
      (c) => ({ ...c, count: 2 }),
      (c) => ({ ...c, count: 4 }),
      (c) => ({ ...c, kinds: Uint8Array.of(0, 0, 7) }),
      (c) => ({ ...c, nodes: Uint32Array.of(0, 1, 2) }),
      (c) => ({ ...c, nodeNames: ['1.1', '1.1'] }),
      (c) => ({ ...c, holders: Int32Array.of(0, 0, 1) }),
      (c) => ({ ...c, holders: Int32Array.of(0, 0, -2) }),
      // A node's transitions in a circle, and into those of another.
      (c) => ({ ...c, previous: Int32Array.of(2, -1, 0) }),
      (c) => ({ ...c, previous: Int32Array.of(-1, -1, 1) }),
      (c) => ({ ...c, times: { ...c.times, bytes: c.times.bytes.subarray(1) } }),
      (c) => ({ ...c, times: { ...c.times, ends: Uint32Array.of(20, 20, 10, 40, 60, 60) } }),
      (c) => ({ ...c, times: { ...c.times, ends: c.times.ends.subarray(2) } }),
    ];
    for (const [i, lie] of lies.entries()) expect(TransitionLog.fromColumns(lie(good())), `lie ${i}`).toBeNull();
  });
});
