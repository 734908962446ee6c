import { describe, expect, it } from 'vitest';
import type { VerifyOutcome } from '../../core/model';
import type { Verification } from '../../renderer/store/sources';
import { wellTitle } from '../../renderer/views/doctor-words';
import { sourceRow } from './rows';

const well = sourceRow('a');
const ended = (outcome: VerifyOutcome): ReadonlyMap<string, Verification> =>
  new Map([['a', { kind: 'ended', outcome, atMs: 1 }]]);

describe('that nothing is wrong', () => {
  it('is said where every source in view is well', () => {
    expect(wellTitle([well, sourceRow('b')], new Map(), false)).toBe('Nothing is wrong with the sources');
    expect(wellTitle([well], new Map(), true)).toBe('Nothing is wrong with this source');
    expect(wellTitle([well], ended({ kind: 'same', head: 1, claims: 0, tookMs: 1 }), false)).not.toBeNull();
  });

  it('is not said above the opposite, of a disk that does not answer, or of no source', () => {
    expect(wellTitle([], new Map(), false)).toBeNull();
    expect(wellTitle([well, sourceRow('b', { waitingSinceMs: 1 })], new Map(), false)).toBeNull();
    expect(wellTitle([well], ended({ kind: 'failed', error: 'no' }), false)).toBeNull();
    const differed = { kind: 'differed', differences: ['#3'], head: 1, claims: 0, tookMs: 1 } as const;
    expect(wellTitle([well], ended(differed), false)).toBeNull();
    const bad = sourceRow('b', { status: { kind: 'unreadable', at: 3, reason: 'bad' } });
    expect(wellTitle([well, bad], new Map(), false)).toBeNull();
  });
});
