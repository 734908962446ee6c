import { describe, expect, it } from 'vitest';
import type { Replay } from '../../../../core/ledger/replay/replay';
import { createSeedReplay } from '../../../../core/ledger/replay/seed-replay';
import { applyAll, at, bytesOf, refusalOf } from '../events';

const lock = (type: string, owner: string, timestamp: string, other: object = {}): object => ({
  type: `lock_${type}`,
  timestamp: `2026-01-15T${timestamp}Z`,
  node_id: '1.2',
  owner,
  ...other,
});
const acquired = (owner: string, timestamp: string, expires: string): object =>
  lock('acquired', owner, timestamp, { expires_at: `2026-01-15T${expires}Z` });

function ledger(...events: object[]): Replay {
  const replay = createSeedReplay();
  applyAll(replay, [{ type: 'custom_event' }, ...events]);
  return replay;
}

describe('the seed replay', () => {
  it('lets the same owner extend its claim', () => {
    const replay = ledger(acquired('ada', '10:00:00', '10:05:00'));
    const extended = applyAll(replay, [acquired('ada', '10:04:00', '10:09:00')], 3);
    expect(extended).toMatchObject({
      transitions: [{ kind: 'extended', holder: 'ada', until: at('2026-01-15T10:09:00Z') }],
      findings: [],
    });
    expect(replay.claims()).toMatchObject([
      {
        node: '1.2',
        owner: 'ada',
        claimedBy: 2,
        changedBy: 3,
        acquiredAt: at('2026-01-15T10:00:00Z'),
        statement: null,
      },
    ]);
  });

  it('lets a later owner win, and tells of it while the lease before still ran', () => {
    const replay = ledger(acquired('ada', '10:00:00', '10:05:00'));
    expect(replay.check(3, bytesOf(acquired('bo', '10:05:00', '10:10:00')))).toMatchObject({ findings: [] });
    const taken = applyAll(replay, [acquired('bo', '10:04:00', '10:09:00')], 3);
    expect(taken.transitions).toMatchObject([{ kind: 'taken', holder: 'bo' }]);
    expect(taken.findings).toMatchObject([
      {
        code: 'double-holder',
        severity: 'warning',
        at: 3,
        message: 'Event #3 gave node 1.2 to bo while ada still held it until 2026-01-15T10:05:00Z.',
      },
    ]);
    expect(replay.claim('1.2')).toMatchObject({ owner: 'bo', claimedBy: 3 });
  });

  it('ends a claim by release and reap, and tells of what does not fit', () => {
    const replay = ledger(acquired('ada', '10:00:00', '10:05:00'));
    expect(replay.check(3, bytesOf(lock('released', 'ada', '10:01:00')))).toMatchObject({
      transitions: [{ kind: 'released' }],
      findings: [],
    });
    expect(replay.check(3, bytesOf(lock('reaped', 'ada', '10:06:00')))).toMatchObject({
      transitions: [{ kind: 'reaped', holder: 'ada' }],
    });
    const foreign = applyAll(replay, [lock('released', 'bo', '10:01:00')], 3);
    expect(foreign).toMatchObject({
      transitions: [{ kind: 'released', holder: 'ada' }],
      findings: [{ code: 'released-by-other', at: 3 }],
    });
    expect(replay.claims()).toEqual([]);
    const again = applyAll(replay, [lock('released', 'ada', '10:01:00')], 4);
    expect(again).toMatchObject({
      transitions: [],
      findings: [{ code: 'released-unheld', severity: 'warning', at: 4 }],
    });
  });

  it.each([{ type: 'custom_event' }, { type: 'nodes_claimed', node_ids: 7 }, { type: 'x', lock_acquired: {} }])(
    'takes %j as it is',
    (event) => {
      expect(createSeedReplay().check(1, bytesOf(event))).toEqual({
        kind: 'applied',
        type: event.type,
        transitions: [],
        findings: [],
      });
    },
  );

  it.each<[string | object, string]>([
    ['nope', 'invalid-json'],
    ['[]', 'unparsable'],
    [{}, 'unparsable'],
    [{ type: 7 }, 'unparsable'],
    [lock('released', '', '10:00:00'), 'unparsable'],
    [lock('released', 'ada', '10:00:00', { node_id: '' }), 'unparsable'],
    [lock('reaped', 'ada', '10:00:00', { owner: null, node_id: ['1'] }), 'unparsable'],
    [lock('acquired', 'ada', '10:00:00'), 'unparsable'],
    [lock('acquired', 'ada', '10:00:00', { expires_at: '5m' }), 'unparsable'],
  ])('refuses %j', (event, code) => {
    expect(refusalOf(createSeedReplay().check(1, bytesOf(event)))[0]).toBe(code);
  });
});
