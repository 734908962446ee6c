import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMatcher, inPreset, parseFilter } from '../../renderer/store/filter';
import { claimRow } from './rows';

const matches = (filter: string, row = claimRow('1.2')): boolean =>
  createMatcher(parseFilter(filter), () => 'Parity proof')(row);

describe('a filter as it is typed', () => {
  it('reads words, fields, quotes and the opposite', () => {
    expect(parseFilter('Ada holder:"bo b" -verdict:live')).toEqual([
      { field: null, text: 'ada', negated: false },
      { field: 'holder', text: 'bo b', negated: false },
      { field: 'verdict', text: 'live', negated: true },
    ]);
  });

  it('takes an unknown field for a word, and a field without a value for nothing', () => {
    expect(parseFilter('a:b')).toEqual([{ field: null, text: 'a:b', negated: false }]);
    expect(parseFilter('holder:')).toEqual([]);
    expect(parseFilter('kind:any')).toEqual([]);
  });

  it('reads whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', '"', '-', ' ', 'holder', '\n', 'é') }), (typed) => {
        expect(typeof matches(typed)).toBe('boolean');
      }),
    );
  });
});

describe('what a filter lets through', () => {
  it('asks for every word, anywhere', () => {
    expect(matches('ada 1.2')).toBe(true);
    expect(matches('ada 1.3')).toBe(false);
    expect(matches('parity')).toBe(true);
  });

  it('asks for any of several values for one field', () => {
    expect(matches('verdict:expired verdict:live')).toBe(true);
    expect(matches('verdict:expired')).toBe(false);
    expect(matches('verdict:stale', claimRow('1', { verdict: 'abandoned' }))).toBe(true);
    expect(matches('verdict:live holder:bo')).toBe(false);
  });

  it('leaves out what is negated', () => {
    expect(matches('-holder:ada')).toBe(false);
    expect(matches('-holder:bo')).toBe(true);
    expect(matches('-1.2')).toBe(false);
  });

  it.each([
    ['is:contended', { waiters: 1 }, true],
    ['is:contended', { flags: ['two-holders'] }, true],
    ['is:contended', { flags: ['zombie-holder'] }, false],
    ['is:con', { waiters: 1 }, true],
    ['is:waited-for', { flags: ['two-holders'] }, false],
    ['is:waited', { waiters: 3 }, true],
    ['is:two-holders', { flags: ['two-holders'] }, true],
    ['is:zombie', { flags: ['two-holders', 'zombie-holder'] }, true],
    ['is:ghost', { flags: ['ghost-lease'] }, true],
    ['is:ghost', {}, false],
    ['is:stale', { verdict: 'abandoned' }, true],
    ['-is:zombie', { flags: ['zombie-holder'] }, false],
    ['is:nothing-known', { waiters: 1 }, false],
    ['zombie', { flags: ['zombie-holder'] }, true],
    ['kind:task', { kind: 'task' }, true],
    ['kind:file', { kind: 'file-lock' }, true],
  ] as const)('%s of %j: %j', (filter, more, expected) => {
    expect(matches(filter, claimRow('1', more))).toBe(expected);
  });

  it('does not search an endless name to its end', () => {
    expect(matches('needle', claimRow('1', { holder: `${'x'.repeat(1_000_000)}needle` }))).toBe(false);
  });

  it('knows the presets', () => {
    expect(inPreset(claimRow('1', { verdict: 'expired' }), 'stale')).toBe(true);
    expect(inPreset(claimRow('1', { verdict: 'unknown' }), 'stale')).toBe(false);
    expect(inPreset(claimRow('1', { verdict: 'expiring' }), 'expiring')).toBe(true);
    expect(inPreset(claimRow('1', { verdict: 'live' }), 'all')).toBe(true);
    expect(inPreset(claimRow('1', { waiters: 1 }), 'contended')).toBe(true);
    expect(inPreset(claimRow('1', { flags: ['two-holders'] }), 'contended')).toBe(true);
    expect(inPreset(claimRow('1', { flags: ['zombie-holder'], verdict: 'expired' }), 'contended')).toBe(false);
  });
});
