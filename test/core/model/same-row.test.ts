import { describe, expect, it } from 'vitest';
import { type ClaimRow, instantFromMs, sameClaimRow } from '../../../core/model';

const row: ClaimRow = {
  key: 'source-1/node:1',
  sourceId: 'source-1',
  claimId: 'node:1',
  protocol: 'ledger',
  kind: 'node',
  resource: '1',
  title: null,
  holder: 'ada',
  holderNote: null,
  acquiredAt: instantFromMs(1_000),
  expiresAt: instantFromMs(2_000),
  verdict: 'live',
  seen: 'seen',
  actions: ['release'],
};

describe('two rows of one claim', () => {
  it('show the same when all of them is equal, also where they came at different times', () => {
    expect(sameClaimRow(row, { ...row, acquiredAt: instantFromMs(1_000), actions: ['release'] })).toBe(true);
  });

  it.each<Partial<ClaimRow>>([
    { claimId: 'node:2' },
    { protocol: 'other' },
    { kind: 'lock' },
    { resource: '2' },
    { title: 'A lemma' },
    { holder: null },
    { holderNote: 'pid 1' },
    { acquiredAt: null },
    { expiresAt: instantFromMs(2_001) },
    { verdict: 'expiring' },
    { seen: 'other' },
    { actions: ['reap', 'release'] },
    { inBatch: true },
  ])('differ by %j', (more) => {
    expect(sameClaimRow(row, { ...row, ...more })).toBe(false);
  });
});
