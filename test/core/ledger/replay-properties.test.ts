import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanEventType } from '../../../core/ledger/events/event-type';
import { isLivingType, LIVING_EVENTS } from '../../../core/ledger/replay/living-events';
import { createLivingReplay } from '../../../core/ledger/replay/living-replay';
import type { Replay } from '../../../core/ledger/replay/replay';
import { createSeedReplay } from '../../../core/ledger/replay/seed-replay';
import { bytesOf, LATER, nodeCreated, T0 } from './events';

const ID = fc.constantFrom('1', '1.1', '1.2', '1.01', '', '2');
const OWNER = fc.constantFrom('ada', 'bo', '');
const TIME = fc.constantFrom(T0, LATER, '2026-01-15T10:30:00,5Z', '0001-01-01T00:00:00Z', 'never');
const TYPE = fc.constantFrom(...Object.keys(LIVING_EVENTS), 'lock_acquired', 'lock_released', 'custom_event');
const STATE = fc.constantFrom('available', 'claimed', 'blocked', 'pending', 'validated', '');

/** Events that are nearly right, so that many are accepted in one dialect or the other. */
const plausible = fc
  .record({
    type: TYPE,
    timestamp: TIME,
    node_ids: fc.array(ID, { maxLength: 3 }),
    node_id: ID,
    owner: OWNER,
    timeout: TIME,
    new_timeout: TIME,
    expires_at: TIME,
    challenge_id: OWNER,
    statement: OWNER,
    node: fc.record({ id: ID, workflow_state: STATE, epistemic_state: STATE, claimed_by: OWNER, claimed_at: TIME }),
  })
  .map((event) => bytesOf(event));

/** A plausible event with some bytes changed. */
const mangled = fc
  .tuple(plausible, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
  .map(([bytes, changes]) => {
    const copy = Uint8Array.from(bytes);
    for (const [index, value] of changes) copy[index % copy.length] = value;
    return copy;
  });

const event = fc.oneof(
  { weight: 6, arbitrary: plausible },
  { weight: 2, arbitrary: mangled },
  fc.uint8Array({ maxLength: 60 }),
);

const DIALECTS: readonly (readonly [string, () => Replay])[] = [
  ['living', createLivingReplay],
  ['seed', createSeedReplay],
];

function keptAndTakenUp(replay: Replay, fresh: Replay): Replay {
  for (const part of replay.parts()) fresh.takeUp(part);
  return fresh;
}

describe.each(DIALECTS)('the %s replay', (_dialect, create) => {
  const start = (): Replay => {
    const replay = create();
    ['1', '1.1', '1.2'].forEach((id, i) => replay.apply(i + 1, bytesOf(nodeCreated(id))));
    return replay;
  };

  it('of a prefix and then the rest is that of the whole', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.nat(30), (events, cut) => {
        const whole = start();
        const parts = start();
        const outcomes = events.map((bytes, i) => whole.apply(i + 4, bytes));
        const prefix = events.slice(0, cut).map((bytes, i) => parts.apply(i + 4, bytes));
        const seen = parts.claims();
        expect(parts.claims()).toEqual(seen);
        const rest = events.slice(cut).map((bytes, i) => parts.apply(i + 4 + Math.min(cut, events.length), bytes));
        expect([...prefix, ...rest]).toEqual(outcomes);
        expect(parts.claims()).toEqual(whole.claims());
      }),
    );
  });

  it('that was kept and taken up goes on exactly as the one that was not', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.nat(30), (events, cut) => {
        const whole = start();
        let replay = start();
        events.forEach((bytes, i) => {
          if (i === cut) replay = keptAndTakenUp(replay, create());
          expect(replay.apply(i + 4, bytes)).toEqual(whole.apply(i + 4, bytes));
        });
        expect(keptAndTakenUp(replay, create()).claims()).toEqual(whole.claims());
      }),
    );
  });

  it('checks without changing anything, and says what applying then does', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.array(event, { maxLength: 5 }), (events, others) => {
        const replay = start();
        const untouched = start();
        events.forEach((bytes, i) => {
          for (const other of others) replay.check(i + 4, other);
          const said = replay.check(i + 4, bytes);
          expect(replay.apply(i + 4, bytes)).toEqual(said);
          expect(untouched.apply(i + 4, bytes)).toEqual(said);
          if (said.kind === 'refused') expect(said.finding).toMatchObject({ severity: 'error', at: i + 4 });
        });
        expect(replay.claims()).toEqual(untouched.claims());
      }),
    );
  });

  it('tells by its transitions which nodes are held', () => {
    fc.assert(
      fc.property(fc.array(plausible, { maxLength: 40 }), (events) => {
        const replay = start();
        const held = new Set<string>();
        events.forEach((bytes, i) => {
          const outcome = replay.apply(i + 4, bytes);
          for (const { node, kind } of outcome.kind === 'applied' ? outcome.transitions : []) {
            if (kind === 'taken' || kind === 'extended') held.add(node);
            else held.delete(node);
          }
        });
        expect(
          replay
            .claims()
            .map((claim) => claim.node)
            .sort(),
        ).toEqual([...held].sort());
      }),
    );
  });

  it('throws for no bytes at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mangled), (bytes) => {
        const replay = create();
        expect(['applied', 'refused']).toContain(replay.apply(1, bytes).kind);
        expect(['type', 'none']).toContain(scanEventType(Buffer.from(bytes)).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['deep lists', '['.repeat(1_000_000)],
    ['deep objects', '{"type":'.repeat(100_000)],
    ['a long id', `{"type":"nodes_claimed","node_id":"1","node_ids":["1${'.1'.repeat(500_000)}"]}`],
    ['a long number', `{"type":"nodes_claimed","node_ids":["${'0'.repeat(1_000_000)}"]}`],
    ['many keys', `{"type":"nodes_claimed"${',"\\u006fwner":"a"'.repeat(50_000)}}`],
    ['a long key', `{"type":"nodes_claimed","${'k'.repeat(1_000_000)}":1}`],
    ['a long fraction', `{"type":"nodes_claimed","timeout":"2026-01-01T00:00:00.${'9'.repeat(1_000_000)}Z"}`],
    ['an open escape', `"${'\\'.repeat(1_000_001)}`],
  ])('is not slowed down or overturned by %s', (_name, source) => {
    const began = performance.now();
    create().apply(1, bytesOf(source));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

it('knows its own types only', () => {
  expect(['constructor', '__proto__', 'toString', 'hasOwnProperty'].some(isLivingType)).toBe(false);
});

describe('a living replay that was kept', () => {
  const event = (type: string, fields: object) => bytesOf({ type, timestamp: T0, ...fields });
  const scope = (type: string, node_id: string) => event(type, { node_id, statement: 'assume not' });

  it('still knows challenges, scopes, states and statements', () => {
    const replay = createLivingReplay();
    const before = [
      bytesOf(nodeCreated('1')),
      event('challenge_raised', { challenge_id: 'c', severity: 'minor' }),
      scope('scope_opened', '1'),
      scope('scope_opened', '1.2'),
      scope('scope_closed', '1.2'),
      event('node_validated', { node_id: '1' }),
      event('node_amended', { node_id: '1', new_statement: 'otherwise' }),
      event('nodes_claimed', { node_ids: ['1'], owner: 'ada', timeout: LATER }),
    ];
    const outcomes = before.map((bytes, i) => replay.apply(i + 1, bytes));
    expect(outcomes.filter(({ kind }) => kind === 'refused')).toEqual([]);
    const after = keptAndTakenUp(replay, createLivingReplay());
    const said = [
      event('challenge_resolved', { challenge_id: 'c' }),
      event('challenge_resolved', { challenge_id: 'd' }),
      scope('scope_opened', '1'),
      scope('scope_closed', '1'),
      scope('scope_closed', '1.2'),
      event('node_validated', { node_id: '1' }),
      event('refinement_requested', { node_id: '1' }),
    ].map((bytes) => after.check(9, bytes).kind);
    expect(said).toEqual(['applied', 'refused', 'refused', 'applied', 'refused', 'refused', 'applied']);
    expect(after.claims()).toEqual(replay.claims());
    expect(after.claim('1')?.statement).toBe('otherwise');
  });
});
