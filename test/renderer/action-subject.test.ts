import { describe, expect, it } from 'vitest';
import type { ClaimRow, MendOffer, Plan } from '../../core/model';
import { isOf, markedIn, subjectAgain, subjectNow } from '../../renderer/store/action-subject';
import type { ActionSubject } from '../../renderer/store/state';
import { claimRow, pictureOf, snapshotOf, sourceRow } from './rows';
import { ScriptedHost } from './scripted-host';

const stale = (resource: string, more: Partial<ClaimRow> = {}) =>
  claimRow(resource, { verdict: 'expired', actions: ['reap', 'release'], inBatch: true, ...more });
const picture = (...claims: readonly ClaimRow[]) => pictureOf(snapshotOf(1, claims));
const offer = { mend: 'trailing-events', seen: 'token' } as const;
const finding = { code: 'refused-transition', severity: 'error', message: 'Bad.', at: 5, file: null } as const;

describe('claims that end together', () => {
  const claims = [stale('1'), stale('2'), stale('3')];
  const subject: ActionSubject = { kind: 'claims', action: 'reap', sourceId: 'source-1', claims };
  const before = picture(...claims);

  it('are what was seen only while each of them is', () => {
    expect(subjectNow(subject, picture(...claims), before)).toEqual({ kind: 'same' });
    const touched = picture(stale('1', { holderNote: 'pid 1' }), stale('2'), stale('3'));
    expect(subjectNow(subject, touched, before)).toEqual({ kind: 'touched' });
    expect(subjectNow(subject, picture(stale('1'), stale('2', { seen: 'other' })), before)).toEqual({
      kind: 'changed',
      message: 'Of these 3 claims, 1 has ended, and 1 is no longer what you looked at.',
    });
  });

  it('have ended only where their source could be read to its end', () => {
    const sources = [sourceRow('source-1', { status: { kind: 'unreadable', at: 5, reason: 'bad' } })];
    const cut = (...rows: readonly ClaimRow[]) => pictureOf(snapshotOf(1, rows, sources));
    expect(subjectNow(subject, cut(stale('1')), before)).toEqual({
      kind: 'changed',
      message: 'Of these 3 claims, 2 are not shown any more. Whether they ended is not known.',
    });
    const one: ActionSubject = { ...subject, claims: [stale('1')] };
    expect(subjectNow(one, cut(), before)).toEqual({
      kind: 'changed',
      message: 'This claim is not shown any more; whether it ended is not known.',
    });
    expect(subjectNow(one, picture(), before)).toMatchObject({ message: 'This claim has ended.' });
  });

  it('are looked at again as far as they can still be reaped', () => {
    const now = picture(stale('1', { seen: 'other' }), claimRow('2'));
    expect(subjectAgain(subject, now)).toMatchObject({ claims: [{ resource: '1', seen: 'other' }] });
    expect(subjectAgain(subject, picture())).toBeNull();
  });
});

describe('a mend', () => {
  const subject: ActionSubject = { kind: 'mend', sourceId: 'source-1', title: 'parity proof', offer };
  const of = (...findings: readonly object[]) =>
    pictureOf(snapshotOf(1, [], [sourceRow('source-1', { findings: findings as never })]));
  const before = of({ ...finding, mend: offer });

  it('is what was seen only while a finding offers exactly it', () => {
    expect(subjectNow(subject, of({ ...finding, mend: offer }), before)).toEqual({ kind: 'same' });
    expect(subjectNow(subject, of({ ...finding, mend: { ...offer, seen: 'x' } }), before)).toMatchObject({
      kind: 'changed',
      message: 'What is to be mended is no longer what you looked at.',
    });
    expect(subjectNow(subject, of(), before)).toMatchObject({ kind: 'changed' });
    expect(subjectNow(subject, pictureOf(snapshotOf(1, [], [])), before)).toMatchObject({ kind: 'changed' });
  });

  it('is looked at again as it is offered now', () => {
    expect(subjectAgain(subject, of({ ...finding, mend: { ...offer, seen: 'x' } }))).toMatchObject({
      offer: { seen: 'x' },
    });
    expect(subjectAgain(subject, of(finding))).toBeNull();
  });
});

describe('a plan', () => {
  const claims = [stale('1')];
  const subject: ActionSubject = { kind: 'claims', action: 'reap', sourceId: 'source-1', claims };
  const asked = { claims: claims.map(({ key, seen }) => ({ key, seen })), actAs: null };
  const host = new ScriptedHost(claims);
  const planOf = (action: 'reap' | 'release'): Plan => {
    const outcome = host.plan({ ...asked, action });
    if (outcome.kind !== 'planned') throw new Error('There is no plan.');
    return outcome.plan;
  };

  it('is what the dialog shows only if it does that, to that', () => {
    expect(isOf(planOf('reap'), subject)).toBe(true);
    expect(isOf(planOf('release'), subject)).toBe(false);
    expect(isOf(planOf('reap'), { ...subject, claims: [stale('1', { seen: 'other' })] })).toBe(false);
  });

  it('of a mend is for exactly what the finding offered', () => {
    const mend: Plan = { ...planOf('reap'), action: 'mend', mend: 'trailing-events', after: null, seen: 'token' };
    const of = (more: Partial<MendOffer>): ActionSubject => ({
      kind: 'mend',
      sourceId: 'source-1',
      title: 'parity proof',
      offer: { ...offer, ...more },
    });
    expect(isOf(mend, of({}))).toBe(true);
    expect(isOf(mend, of({ seen: 'other' }))).toBe(false);
    expect(isOf(mend, of({ mend: 'leftover-files' }))).toBe(false);
    expect(isOf(mend, subject)).toBe(false);
  });
});

describe('marked claims', () => {
  const keys = (...rows: readonly ClaimRow[]) => new Map(rows.map((row) => [row.key, row.seen]));

  it('are exactly those that were marked: the next holder of a resource has no mark', () => {
    const next = stale('1', { holder: 'somebody else', seen: 'other' });
    expect(markedIn(picture(next, stale('2')), keys(stale('1'), stale('2')))).toMatchObject({
      rows: [{ resource: '2' }],
      groups: [{ claims: [{ resource: '2' }] }],
      left: 0,
    });
  });

  it('are reaped source by source; what has ended, or is not stale, is left out', () => {
    const rows = [stale('1'), stale('2'), stale('1', { sourceId: 'source-2' }), claimRow('9')];
    const now = markedIn(picture(...rows), keys(...rows, stale('gone')));
    expect(now.rows).toHaveLength(4);
    expect(now.left).toBe(1);
    expect(now.groups.map(({ sourceId, claims }) => [sourceId, claims.length])).toEqual([
      ['source-1', 2],
      ['source-2', 1],
    ]);
  });

  it('may be one alone that cannot go together with others, and no more than one step takes', () => {
    const lock = claimRow('ledger.lock', { verdict: 'abandoned', actions: ['reap'] });
    expect(markedIn(picture(lock), keys(lock)).groups).toHaveLength(1);
    expect(markedIn(picture(lock, stale('1')), keys(lock, stale('1')))).toMatchObject({ left: 1 });
    const many = Array.from({ length: 1_200 }, (_, n) => stale(n.toString()));
    expect(markedIn(picture(...many), keys(...many)).groups[0]?.claims).toHaveLength(1_000);
  });
});
