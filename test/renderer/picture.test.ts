import { describe, expect, it } from 'vitest';
import type { Change } from '../../core/model';
import { Arriving, foldChanges, type Picture } from '../../renderer/store/picture';
import { claimRow, pictureOf, snapshotOf, sourceRow } from './rows';

const base = pictureOf(snapshotOf(7, [claimRow('1'), claimRow('2')]));

function folded(picture: Picture, ...changes: readonly Change[]): Picture {
  const result = foldChanges(picture, [{ from: picture.revision, to: picture.revision + 1, changes }], 5_000);
  if (result.kind !== 'folded') throw new Error('It should follow.');
  return result.picture;
}

describe('a picture and its changes', () => {
  it('takes claims and sources in, changed and out', () => {
    const one = claimRow('1', { verdict: 'expired' });
    const after = folded(
      base,
      { kind: 'claim', claim: one },
      { kind: 'claim', claim: claimRow('3') },
      { kind: 'claim-removed', key: claimRow('2').key },
      { kind: 'source', source: sourceRow('source-1', { held: 2 }) },
      { kind: 'source', source: sourceRow('source-2') },
    );
    expect([...after.claims.keys()]).toEqual([one.key, claimRow('3').key]);
    expect(after.claims.get(one.key)).toBe(one);
    expect(after.sources.map((source) => [source.id, source.held])).toEqual([
      ['source-1', 2],
      ['source-2', 0],
    ]);
    expect(folded(after, { kind: 'source-removed', sourceId: 'source-1' }).sources).toHaveLength(1);
  });

  it('does not touch the picture before', () => {
    folded(base, { kind: 'claim-removed', key: claimRow('1').key });
    expect(base.claims.size).toBe(2);
  });

  it('says when changes do not follow, and passes over what it holds already', () => {
    expect(foldChanges(base, [{ from: 8, to: 9, changes: [] }], 0).kind).toBe('behind');
    const old = foldChanges(
      base,
      [{ from: 5, to: 7, changes: [{ kind: 'claim-removed', key: claimRow('1').key }] }],
      0,
    );
    expect(old).toMatchObject({ kind: 'folded', picture: base });
  });

  it('remembers for a while which rows changed, and how often', () => {
    const once = folded(base, { kind: 'claim', claim: claimRow('1') });
    const twice = folded(once, { kind: 'claim', claim: claimRow('1') });
    expect(twice.changed.get(claimRow('1').key)).toEqual({ atMs: 5_000, times: 2 });
    const later = foldChanges(twice, [{ from: 9, to: 10, changes: [] }], 60_000);
    expect(later).toMatchObject({ kind: 'folded', picture: { changed: new Map() } });
    const setBack = foldChanges(twice, [{ from: 9, to: 10, changes: [] }], 5_000 - 3_600_000);
    expect(setBack).toMatchObject({ kind: 'folded', picture: { changed: new Map() } });
  });
});

describe('a picture that comes in parts', () => {
  it('keeps the identity of rows that show the same, and takes changed ones anew', () => {
    const same = claimRow('1');
    const other = claimRow('2', { verdict: 'expired' });
    const arriving = new Arriving(snapshotOf(9, [same, other]), base);
    arriving.add([same]);
    expect(arriving.done).toBe(1);
    arriving.add([other]);
    const { claims, revision } = arriving.picture();
    expect(revision).toBe(9);
    expect(claims.get(same.key)).toBe(base.claims.get(same.key));
    expect(claims.get(other.key)).toBe(other);
  });
});
