import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActionResult } from '../../core/model';
import { makeProof, type Proof } from '../core/ledger/proof';
import { startWorker, type Worker } from './workers';

const AT_ONCE = 8;
const ROUNDS = 200;
/** So many of the plans came too late, of two in each round: far more than the one that loses against the other plan. */
const MET_AT_LEAST = ROUNDS;

interface Bystander {
  /** How often it held the lock, how often it looked, and found it not in its place, or gone for good. */
  readonly held: number;
  readonly checks: number;
  readonly away: number;
  readonly lost: number;
}

const kinds: readonly (readonly [string, (path: string) => void])[] = [
  [
    'file',
    (path) => writeFileSync(path, '{"agent_id":"append-operation","acquired_at":"2026-01-15T10:30:00+01:00"}\n'),
  ],
  ['folder', (path) => mkdirSync(path)],
];

interface Round {
  readonly results: readonly ActionResult[];
  readonly told: Bystander;
}

async function round(proof: Proof, takers: readonly Worker[], bystander: Worker, task: object): Promise<Round> {
  const looked = await Promise.all(takers.map((taker) => taker.ask<string>({ look: proof.folder })));
  expect(looked).toEqual(takers.map(() => 'planned'));
  const stands = bystander.ask<Bystander>({ ledger: proof.ledger, forMs: 400, ...task });
  const results = await Promise.all(takers.map((taker) => taker.ask<ActionResult>({ go: true })));
  return { results, told: await stands };
}

const startTakers = (count: number) =>
  Promise.all(Array.from({ length: count }, () => startWorker('takeover.worker.ts')));

describe('takeovers at once of one stale ledger.lock', () => {
  it.each(kinds)(
    '%s: one winner each round, and the fresh lock of a bystander is never touched',
    async (_what, leave) => {
      const proof = makeProof('living');
      const path = join(proof.ledger, 'ledger.lock');
      const takers = await startTakers(AT_ONCE);
      const bystander = await startWorker('bystander.worker.ts');
      const sums = { held: 0, checks: 0, away: 0, lost: 0 };
      for (let n = 1; n <= ROUNDS; n += 1) {
        leave(path);
        const { ino } = lstatSync(path);
        const { results, told } = await round(proof, takers, bystander, { holds: 3, steps: 60 });
        expect(results.map(({ kind }) => kind).sort(), `round ${n.toString()}: ${JSON.stringify(results)}`).toEqual([
          ...Array.from({ length: AT_ONCE - 1 }, () => 'conflict'),
          'done',
        ]);
        const done = results.find((result) => result.kind === 'done');
        expect(done).toMatchObject({ warnings: [] });
        // It is the one that was stale, and nothing else is in quarantine.
        expect(lstatSync(join(proof.folder, done?.removed?.[0]?.to ?? '')).ino).toBe(ino);
        expect(readdirSync(join(proof.ledger, '.lockscope'))).toHaveLength(3);
        expect(existsSync(path)).toBe(false);
        for (const key of ['held', 'checks', 'away', 'lost'] as const) sums[key] += told[key];
        rmSync(join(proof.ledger, '.lockscope'), { recursive: true });
      }
      expect(sums).toMatchObject({ held: 3 * ROUNDS, away: 0, lost: 0 });
      expect(readdirSync(proof.ledger)).toEqual(['000001.json']);
    },
    180_000,
  );

  it('a tool that removes the stale lock itself and takes a fresh one in between does not lose that one', async () => {
    const proof = makeProof('living');
    const path = join(proof.ledger, 'ledger.lock');
    const takers = await startTakers(2);
    const bystander = await startWorker('bystander.worker.ts');
    const sums = { held: 0, checks: 0, away: 0, lost: 0 };
    const ends = { done: 0, conflict: 0, failed: 0, refused: 0 };
    for (let n = 0; n < ROUNDS; n += 1) {
      const breaks = '{"agent_id":"append-operation"}\n';
      writeFileSync(path, breaks);
      const task = { holds: 2, steps: 200, breaks, breaksAfterMs: (n % 25) / 2 };
      const { results, told } = await round(proof, takers, bystander, task);
      for (const { kind } of results) ends[kind] += 1;
      for (const key of ['held', 'checks', 'away', 'lost'] as const) sums[key] += told[key];
      // Whatever was taken or not: nothing is left in its place that nobody would release.
      expect(existsSync(path), JSON.stringify({ results, told })).toBe(false);
    }
    expect(sums.lost).toBe(0);
    expect(ends).toMatchObject({ failed: 0, refused: 0 });
    // They met: now a taker was first, now the other tool, and its fresh lock was held while somebody wanted to take one.
    expect(ends.done).toBeGreaterThan(0);
    expect(ends.conflict).toBeGreaterThan(MET_AT_LEAST);
    expect(sums.held).toBeGreaterThan(0);
  }, 180_000);
});
