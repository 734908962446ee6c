import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildEvent, type LedgerChange } from '../../../../core/ledger/events/build-event';
import { createLivingReplay } from '../../../../core/ledger/replay/living-replay';
import type { Dialect, Replay } from '../../../../core/ledger/replay/replay';
import { createSeedReplay } from '../../../../core/ledger/replay/seed-replay';
import { compareInstants, type Instant } from '../../../../core/model';
import { at, built, bytesOf, nodeCreated } from '../events';

const timestamp = at('2026-11-21T11:00:00.000000001+01:00');
const until = at('2026-11-21T10:05:00.5Z');
const who = { node: '1.2', owner: 'ada <&>', timestamp };
const OWNER = '"ada \\u003c\\u0026\\u003e"';
const TIME = '2026-11-21T10:00:00.000000001Z';

describe('buildEvent', () => {
  it.each<[Dialect, LedgerChange, string]>([
    [
      'living',
      { ...who, action: 'claim', until },
      `{"type":"nodes_claimed","timestamp":"${TIME}","node_ids":["1.2"],"owner":${OWNER},"timeout":"2026-11-21T10:05:00.5Z"}`,
    ],
    [
      'living',
      { ...who, action: 'extend', until },
      `{"type":"claim_refreshed","timestamp":"${TIME}","node_id":"1.2","owner":${OWNER},"new_timeout":"2026-11-21T10:05:00.5Z"}`,
    ],
    ['living', { ...who, action: 'release' }, `{"type":"nodes_released","timestamp":"${TIME}","node_ids":["1.2"]}`],
    ['living', { ...who, action: 'reap' }, `{"type":"nodes_released","timestamp":"${TIME}","node_ids":["1.2"]}`],
    [
      'living',
      { ...who, action: 'force-release' },
      `{"type":"nodes_released","timestamp":"${TIME}","node_ids":["1.2"]}`,
    ],
    [
      'seed',
      { ...who, action: 'claim', until },
      `{"type":"lock_acquired","timestamp":"${TIME}","node_id":"1.2","owner":${OWNER},"expires_at":"2026-11-21T10:05:00.5Z"}`,
    ],
    [
      'seed',
      { ...who, action: 'extend', until },
      `{"type":"lock_acquired","timestamp":"${TIME}","node_id":"1.2","owner":${OWNER},"expires_at":"2026-11-21T10:05:00.5Z"}`,
    ],
    [
      'seed',
      { ...who, action: 'release' },
      `{"type":"lock_released","timestamp":"${TIME}","node_id":"1.2","owner":${OWNER}}`,
    ],
    [
      'seed',
      { ...who, action: 'reap' },
      `{"type":"lock_reaped","timestamp":"${TIME}","node_id":"1.2","owner":${OWNER}}`,
    ],
    [
      'seed',
      { ...who, action: 'force-release' },
      `{"type":"lock_released","timestamp":"${TIME}","node_id":"1.2","owner":${OWNER}}`,
    ],
  ])('%s %j', (dialect, change, content) => {
    expect(buildEvent(dialect, change)).toBe(content);
  });
});

const NODES = ['1', '1.1', '1.2', '1.10'];

function fresh(dialect: Dialect): { replay: Replay; next: number } {
  if (dialect === 'seed') return { replay: createSeedReplay(), next: 1 };
  const replay = createLivingReplay();
  NODES.forEach((node, i) => replay.apply(i + 1, bytesOf(nodeCreated(node))));
  return { replay, next: NODES.length + 1 };
}

interface Held {
  readonly owner: string;
  readonly until: Instant;
}

const action = fc.record({
  node: fc.constantFrom(...NODES),
  owner: fc.constantFrom('ada', 'bo', '🔒 <cy>', 'd"e\\\u2028'),
  end: fc.constantFrom('release' as const, 'reap' as const, 'force-release' as const, 'extend' as const),
  ms: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  ns: fc.integer({ min: 0, max: 999_999 }),
});

describe('random histories of several agents', () => {
  it.each(['living', 'seed'] as const)(
    '%s: every change that is due is accepted, and the claims are those of a plain model',
    (dialect) => {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
          const { replay, next } = fresh(dialect);
          const model = new Map<string, Held>();
          actions.forEach(({ node, owner, end, ms, ns }, i) => {
            const moment: Instant = { text: '', ms, ns };
            const held = model.get(node);
            const change: LedgerChange =
              held === undefined
                ? { action: 'claim', node, owner, timestamp: moment, until: moment }
                : end === 'extend'
                  ? { action: 'extend', node, owner: held.owner, timestamp: moment, until: moment }
                  : { action: end, node, owner: held.owner, timestamp: moment };
            const outcome = replay.apply(next + i, built(dialect, change));
            expect(outcome.kind === 'refused' ? outcome.finding.message : outcome.findings).toEqual([]);
            if ('until' in change) model.set(node, { owner: change.owner, until: moment });
            else model.delete(node);
          });
          const claims = replay.claims();
          expect(claims.map((claim) => claim.node)).toEqual(NODES.filter((node) => model.has(node)));
          for (const claim of claims) {
            const held = model.get(claim.node);
            expect(claim.owner).toBe(held?.owner);
            expect(
              claim.expiresAt === null || held === undefined ? null : compareInstants(claim.expiresAt, held.until),
            ).toBe(0);
          }
        }),
      );
    },
  );
});
