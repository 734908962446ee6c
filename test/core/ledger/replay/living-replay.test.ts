import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLivingReplay } from '../../../../core/ledger/replay/living-replay';
import type { Replay } from '../../../../core/ledger/replay/replay';
import { applyAll, at, bytesOf, LATER, nodeCreated, nodesClaimed, nodesReleased, refusalOf, T0 } from '../events';

function ledger(...events: object[]): Replay {
  const replay = createLivingReplay();
  applyAll(replay, [nodeCreated('1'), nodeCreated('1.1'), ...events]);
  return replay;
}

const next = (replay: Replay, event: object | string) => replay.check(99, bytesOf(event));

describe('claims', () => {
  it('are taken, extended and released, and say by which event', () => {
    const replay = ledger();
    const taken = applyAll(replay, [nodesClaimed(['1.1', '1'])], 3);
    expect(taken.transitions).toEqual([
      { node: '1.1', kind: 'taken', at: at(T0), sequence: 3, holder: 'ada', until: at(LATER) },
      { node: '1', kind: 'taken', at: at(T0), sequence: 3, holder: 'ada', until: at(LATER) },
    ]);
    const refresh = {
      type: 'claim_refreshed',
      timestamp: T0,
      node_id: '1.1',
      owner: 'ada',
      new_timeout: '2097-01-01T00:00:00.5Z',
    };
    applyAll(replay, [refresh], 4);
    expect(replay.claim('1.1')).toEqual({
      node: '1.1',
      owner: 'ada',
      acquiredAt: at(T0),
      expiresAt: at('2097-01-01T00:00:00.5Z'),
      claimedBy: 3,
      changedBy: 4,
      digest: createHash('sha256').update(bytesOf(refresh)).digest('hex'),
      statement: 's 1.1',
    });
    expect(replay.claims().map((claim) => claim.node)).toEqual(['1', '1.1']);
    const released = applyAll(replay, [nodesReleased('1.1')], 5);
    expect(released.transitions).toMatchObject([{ node: '1.1', kind: 'released', holder: 'ada' }]);
    expect(replay.claim('1.1')).toBeUndefined();
  });

  it('have no expiry where Go has its zero time, and may have no owner', () => {
    const replay = ledger({ type: 'nodes_claimed', node_ids: ['1'] });
    expect(replay.claim('1')).toMatchObject({ owner: '', acquiredAt: null, expiresAt: null });
    expect(next(replay, { type: 'claim_refreshed', node_id: '1' }).kind).toBe('applied');
    expect(refusalOf(next(replay, nodesClaimed(['1'])))[1]).toContain('which is claimed already');
  });

  it('are dropped by a repeat of their node, and begin with one that is born claimed', () => {
    const replay = ledger(nodesClaimed(['1.1']));
    const born = { workflow_state: 'claimed', claimed_by: 'bo', claimed_at: LATER };
    expect(next(replay, nodeCreated('1.1'))).toMatchObject({ transitions: [{ kind: 'dropped', holder: 'ada' }] });
    expect(next(replay, nodeCreated('1.1', born))).toMatchObject({
      transitions: [
        { kind: 'dropped', holder: 'ada' },
        { kind: 'taken', holder: 'bo', until: at(LATER) },
      ],
    });
    expect(next(replay, nodeCreated('1.1', { ...born, claimed_by: 'ada' }))).toMatchObject({ transitions: [] });
    applyAll(replay, [nodeCreated('1.1')], 4);
    expect(replay.claims()).toEqual([]);
    expect(refusalOf(next(replay, nodesReleased('1.1')))[0]).toBe('refused-transition');
  });

  it('outlive what is thought of the node', () => {
    const replay = ledger(nodesClaimed(['1']), { type: 'node_validated', node_id: '1' });
    expect(replay.claim('1')?.owner).toBe('ada');
  });
});

describe('a refused event', () => {
  it('changes nothing, even when some of its nodes were fine', () => {
    const replay = ledger(nodesClaimed(['1']));
    const before = replay.claims();
    for (const event of [
      nodesReleased('1', '1.1'),
      nodesClaimed(['1.1', '1']),
      nodesReleased('1', '1'),
      nodesClaimed(['1.1', '1.1']),
    ]) {
      expect(replay.apply(4, bytesOf(event)).kind).toBe('refused');
      expect(replay.claims()).toEqual(before);
    }
    expect(next(replay, nodesClaimed(['1.1'])).kind).toBe('applied');
  });

  it.each<[string, object | string, string, string]>([
    ['not JSON', 'nope', 'invalid-json', 'the event is not JSON.'],
    ['no type', '{}', 'unparsable', 'it has no "type".'],
    [
      'unknown type',
      { type: 'node_submitted' },
      'unknown-type',
      '"node_submitted" is no event type that this program knows.',
    ],
    [
      'a type from elsewhere',
      { node: { type: 'x' }, type: 'node_created' },
      'unknown-type',
      '"x" is no event type that this program knows.',
    ],
    [
      'lock_reaped',
      { type: 'lock_reaped', node_id: '1', owner: 'a' },
      'refused-transition',
      'lock_reaped, which this program cannot apply.',
    ],
    ['a number as owner', { type: 'nodes_claimed', owner: 7 }, 'unparsable', 'nodes_claimed: a value is not a string.'],
    [
      'a bad id',
      nodesClaimed(['1.0']),
      'unparsable',
      'nodes_claimed: "1.0" is not a node id: "0" is not a positive number.',
    ],
    [
      'a bad time',
      nodesClaimed(['1'], 'ada', '5m'),
      'unparsable',
      'nodes_claimed: "5m" is not a time as RFC 3339 has it.',
    ],
    [
      'a node that is not there',
      nodesClaimed(['1.2']),
      'refused-transition',
      'nodes_claimed for node 1.2, which does not exist.',
    ],
    [
      'a node that is not claimed',
      nodesReleased('1'),
      'refused-transition',
      'nodes_released for node 1, which is not claimed.',
    ],
    [
      'a severity',
      { type: 'challenge_raised', severity: 'bad' },
      'refused-transition',
      'challenge_raised with the severity "bad", which does not exist.',
    ],
    [
      'a challenge',
      { type: 'challenge_resolved', challenge_id: 'c' },
      'refused-transition',
      'challenge_resolved for challenge "c", which does not exist.',
    ],
    [
      'a scope',
      { type: 'scope_closed', node_id: '1' },
      'refused-transition',
      'scope_closed for node 1, which has no scope.',
    ],
    [
      'a blank scope',
      { type: 'scope_opened', node_id: '1', statement: '\u0085\u2003' },
      'refused-transition',
      'scope_opened for node 1 with a blank statement.',
    ],
    [
      'a draft',
      { type: 'refinement_requested', node_id: '1' },
      'refused-transition',
      'refinement_requested for node 1, which is "pending" and cannot become "needs_refinement".',
    ],
  ])('%s', (_name, event, code, reason) => {
    expect(refusalOf(next(ledger(), event))).toEqual([code, `Its own tools cannot read it from #99: ${reason}`]);
  });

  it('is one of more than 1 MiB, though it be JSON', () => {
    const event = (length: number): string => `{"type":"proof_initialized","x":"${'x'.repeat(length - 35)}"}`;
    expect(bytesOf(event(1_048_576)).length).toBe(1_048_576);
    expect(next(ledger(), event(1_048_576)).kind).toBe('applied');
    expect(refusalOf(next(ledger(), event(1_048_577)))[0]).toBe('too-large');
  });

  it('is quoted harmlessly', () => {
    const [, message] = refusalOf(next(ledger(), { type: `\u202e${'x'.repeat(500)}` }));
    expect(message.length).toBeLessThan(200);
    expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });
});

describe('what else the living program keeps', () => {
  it('epistemic states', () => {
    const judge = (type: string) => ({ type, node_id: '1' });
    const replay = ledger(judge('node_validated'), judge('refinement_requested'), judge('node_refuted'));
    for (const type of ['node_validated', 'node_admitted', 'node_archived', 'node_refuted', 'refinement_requested']) {
      expect(next(replay, judge(type)).kind, type).toBe('refused');
    }
  });

  it('challenges and scopes', () => {
    const challenge = (type: string) => ({ type, challenge_id: 'c' });
    const replay = ledger(challenge('challenge_raised'), { type: 'scope_opened', node_id: '1', statement: '\ufeff' });
    for (const type of ['challenge_resolved', 'challenge_withdrawn', 'challenge_superseded', 'challenge_resolved']) {
      expect(next(replay, challenge(type)).kind, type).toBe('applied');
    }
    applyAll(replay, [{ type: 'scope_closed', node_id: '1' }], 5);
    expect(next(replay, { type: 'scope_closed', node_id: '1' }).kind).toBe('refused');
    expect(next(replay, { type: 'scope_opened', node_id: '1', statement: 'x' }).kind).toBe('refused');
  });

  it('the statement of a node, as amended', () => {
    const replay = ledger(nodesClaimed(['1']), { type: 'node_amended', node_id: '1', new_statement: 'better' });
    expect(replay.claim('1')?.statement).toBe('better');
  });

  it('a blocked node, which only a release frees', () => {
    const replay = ledger(nodeCreated('1.2', { workflow_state: 'blocked' }));
    expect(next(replay, nodesClaimed(['1.2'])).kind).toBe('refused');
    expect(next(replay, nodesReleased('1.2'))).toMatchObject({ kind: 'applied', transitions: [] });
  });
});
