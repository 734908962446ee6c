import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimRow } from '../../core/model';
import { createOrderer, DEFAULT_SORT, naturalKey, type Sort } from '../../renderer/store/order';
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

  it('is the same from whichever order before', () => {
    const verdict = fc.constantFrom('live' as const, 'expired' as const, 'unknown' as const);
    const change = fc.record({ at: fc.nat(30), verdict, remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const order = createOrderer();
        const claims = new Map(
          Array.from({ length: 20 }, (_, n) => claimRow(`1.${n.toString()}`)).map((row) => [row.key, row]),
        );
        for (const { at, verdict: to, remove } of changes) {
          const row = claimRow(`1.${at.toString()}`, { verdict: to });
          if (remove) claims.delete(row.key);
          else claims.set(row.key, row);
          const after = order(new Map(claims), DEFAULT_SORT, titles);
          expect(after.map((one) => one.resource)).toEqual(ordered([...claims.values()]));
          expect(after.every((one) => claims.get(one.key) === one)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
