import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../core/model';
import type { Reading } from '../../../core/port';
import { ITEMS_IN_A_PART, ReadingBuilder, readingParts } from '../../../inspector/threads/reading-parts';

function reading(
  counts: Readonly<Record<'removed' | 'upserted' | 'transitions' | 'findings', number>>,
  text = '',
): Reading {
  const many = (kind: string, count: number): never[] =>
    Array.from({ length: count }, (_, i) => ({ kind, i, text })) as unknown as never[];
  return {
    observedAtMs: 5,
    reset: true,
    removed: many('removed', counts.removed),
    upserted: many('upserted', counts.upserted),
    transitions: many('transition', counts.transitions),
    findings: many('finding', counts.findings),
    status: { kind: 'readable' },
    head: 3,
    note: null,
    differences: ['one'],
  };
}

function joined(given: Reading, told: readonly Finding[] | null, known: readonly Finding[]): Reading {
  const builder = new ReadingBuilder();
  for (const part of readingParts(given, told)) builder.add(part);
  return builder.build(known);
}

describe('the parts of a reading', () => {
  it('put together are the reading, and none is long', () => {
    const count = fc.oneof(fc.nat(3), fc.nat(2_600), fc.constantFrom(999, 1_000, 1_001, 2_000));
    fc.assert(
      fc.property(fc.record({ removed: count, upserted: count, transitions: count, findings: count }), (counts) => {
        const given = reading(counts);
        const sizes = [...readingParts(given, null)].map((part) =>
          [part.removed, part.upserted, part.transitions, part.findings].reduce((sum, list) => sum + list.length, 0),
        );
        expect(Math.max(...sizes)).toBeLessThanOrEqual(ITEMS_IN_A_PART);
        const all = counts.removed + counts.upserted + counts.transitions + counts.findings;
        expect(sizes).toHaveLength(Math.max(1, Math.ceil(all / ITEMS_IN_A_PART)));
        expect(joined(given, null, [])).toEqual(given);
      }),
      { numRuns: 40 },
    );
  });

  it('are shorter where names are long', () => {
    const given = reading({ removed: 0, upserted: 10, transitions: 0, findings: 0 }, 'x'.repeat(1 << 19));
    expect([...readingParts(given, null)].length).toBeGreaterThan(4);
    expect(joined(given, null, [])).toEqual(given);
  });

  it('leave findings out that are those of the reading before, and only those', () => {
    const before = reading({ removed: 0, upserted: 0, transitions: 0, findings: 3 });
    const same = reading({ removed: 0, upserted: 1, transitions: 0, findings: 3 });
    const parts = [...readingParts(same, before.findings)];
    expect(parts).toMatchObject([{ findings: [], areFindingsTheSame: true }]);
    expect(joined(same, before.findings, before.findings).findings).toBe(before.findings);
    const other = reading({ removed: 0, upserted: 0, transitions: 0, findings: 3 }, 'other');
    expect(joined(other, before.findings, before.findings)).toEqual(other);
    const fewer = reading({ removed: 0, upserted: 0, transitions: 0, findings: 2 });
    expect(joined(fewer, before.findings, before.findings)).toEqual(fewer);
  });
});
