import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimRow } from '../../core/model';
import { COLUMNS, comparator, DEFAULT_SORT, entryOf, naturalKey, type Sort } from '../../renderer/store/order';
import { createOrderer } from '../../renderer/store/orderer';
import { claimRow } from './rows';

const titles = new Map([['source-1', 'parity proof']]);

/** The resources, put in order from nothing. */
function ordered(rows: readonly ClaimRow[], sort: Sort = DEFAULT_SORT): readonly string[] {
  return createOrderer()(new Map(rows.map((row) => [row.key, row])), sort, titles).map((row) => row.resource);
}

const byNatural = (a: string, b: string): number => (naturalKey(a) < naturalKey(b) ? -1 : 1);

describe('the order of names', () => {
  it('counts numbers as numbers', () => {
    const nodes = ['1.10', '1.9', '1', '1.2.1', '1.2', '1.100', '2', '10'];
    expect(nodes.sort(byNatural)).toEqual(['1', '1.2', '1.2.1', '1.9', '1.10', '1.100', '2', '10']);
    expect(['job-10', 'job-2', 'T-1003', 'T-999'].sort(byNatural)).toEqual(['T-999', 'T-1003', 'job-2', 'job-10']);
  });

  it('agrees with numbers, however long', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.bigInt({ min: 0n, max: 10n ** 40n }), (a, b) => {
        const keys = [naturalKey(`1.${a.toString()}`), naturalKey(`1.${b.toString()}`)] as const;
        expect(Math.sign(keys[0] < keys[1] ? -1 : keys[0] > keys[1] ? 1 : 0)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('the order of claims', () => {
  it('puts the worst first, and the longest over before others', () => {
    const rows = [
      claimRow('1.1'),
      claimRow('1.2', { verdict: 'expired', expiresAt: { text: '', ms: 900, ns: 0 } }),
      claimRow('1.3', { verdict: 'expired', expiresAt: { text: '', ms: 100, ns: 0 } }),
      claimRow('1.4', { verdict: 'abandoned' }),
      claimRow('1.5', { verdict: 'unknown' }),
      claimRow('1.6', { verdict: 'expiring' }),
    ];
    expect(ordered(rows)).toEqual(['1.4', '1.3', '1.2', '1.5', '1.6', '1.1']);
  });

  it('puts two holders of one resource before everything else', () => {
    const rows = [claimRow('1', { verdict: 'abandoned' }), claimRow('2', { flags: ['two-holders'] })];
    expect(ordered(rows)).toEqual(['2', '1']);
  });

  it('puts what most wait for first', () => {
    const rows = [claimRow('1'), claimRow('2', { waiters: 1 }), claimRow('3', { waiters: 12 })];
    expect(ordered(rows, { column: 'waits', direction: 'ascending' })).toEqual(['3', '2', '1']);
  });

  it('leaves live claims where they are when a lease is extended', () => {
    const rows = [claimRow('1.1', { expiresAt: { text: '', ms: 5, ns: 0 } }), claimRow('1.2')];
    expect(ordered(rows)).toEqual(['1.1', '1.2']);
    const extended = [claimRow('1.2'), claimRow('1.1', { expiresAt: { text: '', ms: 9_999_999, ns: 0 } })];
    expect(ordered(extended)).toEqual(['1.1', '1.2']);
  });

  it('puts claims without an end last, in either direction by name where nothing else decides', () => {
    const rows = [claimRow('2', { expiresAt: null }), claimRow('1'), claimRow('10'), claimRow('9')];
    expect(ordered(rows, { column: 'left', direction: 'ascending' })).toEqual(['1', '9', '10', '2']);
  });

  it('is the same from whichever order before, told what changed or not', () => {
    const verdict = fc.constantFrom('live' as const, 'expired' as const, 'unknown' as const);
    const sort = fc.record({
      column: fc.constantFrom(...COLUMNS),
      direction: fc.constantFrom('ascending' as const, 'descending' as const),
    });
    const change = fc.record({
      at: fc.nat(30),
      verdict,
      holder: fc.constantFrom('ada', 'Bo', 'cy-10', 'cy-9', null),
      source: fc.constantFrom('source-1', 'source-2'),
      waits: fc.nat(2),
      remove: fc.boolean(),
      told: fc.boolean(),
      sort: fc.option(sort, { nil: null, freq: 3 }),
      title: fc.option(fc.constantFrom('a', 'b', 'zz'), { nil: null, freq: 6 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const order = createOrderer();
        let claims: ReadonlyMap<string, ClaimRow> = new Map(
          Array.from({ length: 20 }, (_, n) => claimRow(`1.${n.toString()}`)).map((row) => [row.key, row]),
        );
        let by: Sort = DEFAULT_SORT;
        let names: ReadonlyMap<string, string> = new Map();
        for (const each of changes) {
          const row = claimRow(`1.${each.at.toString()}`, {
            verdict: each.verdict,
            ...(each.waits === 0 ? {} : { waiters: each.waits }),
            holder: each.holder,
            sourceId: each.source,
          });
          const next = new Map(claims);
          if (each.remove) next.delete(row.key);
          else next.set(row.key, row);
          by = each.sort ?? by;
          if (each.title !== null) names = new Map([...names, [each.source, each.title]]);
          const after = order(next, by, names, each.told ? { since: claims, keys: [row.key] } : null);
          claims = next;
          expect(after).toEqual(createOrderer()(claims, by, names));
          expect(after.every((one) => claims.get(one.key) === one)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('agrees with a plain comparison in every column', () => {
    const rows = Array.from({ length: 60 }, (_, n) =>
      claimRow(`1.${((n * 7) % 60).toString()}`, {
        sourceId: `source-${(n % 3).toString()}`,
        kind: n % 4 === 0 ? 'write-lock' : 'node',
        waiters: n % 3,
        holder: n % 5 === 0 ? null : `agent-${((n * 3) % 11).toString()}`,
        verdict: n % 2 === 0 ? 'live' : 'expired',
        expiresAt: n % 7 === 0 ? null : { text: '', ms: (n * 13) % 17, ns: 0 },
      }),
    );
    const names = new Map([
      ['source-0', 'proof 10'],
      ['source-1', 'proof 9'],
      ['source-2', 'other'],
    ]);
    for (const column of COLUMNS) {
      for (const direction of ['ascending', 'descending'] as const) {
        const sort = { column, direction };
        const entries = rows.map((row) => entryOf(row, naturalKey(names.get(row.sourceId) ?? '')));
        const plainly = entries.sort(comparator(sort)).map((entry) => entry.row.key);
        const ours = createOrderer()(new Map(rows.map((row) => [row.key, row])), sort, names);
        expect(ours.map((row) => row.key)).toEqual(plainly);
      }
    }
  });
});
