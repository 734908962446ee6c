import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../core/model';
import { removedTogether, withoutAnswered } from '../../renderer/views/audit-entries';

const entry: AuditEntry = {
  when: '2026-01-01T00:00:00Z',
  user: 'op',
  program: 'web 1',
  action: 'mend',
  source: '/proofs/parity',
  protocol: 'ledger',
  resource: 'events from #5',
  holder: null,
  actAs: null,
  seen: 'token',
  verdict: null,
  evidence: [],
  reason: null,
  written: [],
  result: 'done',
  message: 'Done.',
};

describe('an entry of the audit log', () => {
  it('has one undo for all files that went together, and each file in it', () => {
    const removed = ['5', '6', '7'].map((file) => ({ file, to: `kept/${file}`, undoId: 'mend-1' }));
    const alone = { file: 'ledger.lock', to: 'kept/lock', undoId: 'lock-1' };
    expect(removedTogether({ ...entry, removed: [...removed, alone] })).toEqual([
      ['mend-1', removed],
      ['lock-1', [alone]],
    ]);
    expect(removedTogether(entry)).toEqual([]);
  });

  it('that tells of a start stands there only while nothing tells of its end', () => {
    const started: AuditEntry = { ...entry, result: 'started' };
    expect(withoutAnswered([entry, started]).map(({ entry: { result }, place }) => [result, place])).toEqual([
      ['done', 2],
    ]);
    expect(withoutAnswered([started])).toHaveLength(1);
  });
});
