import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ActionResult } from '../../core/model';
import { DIALECTS, expiredClaim, makeProof, type Proof, readAfresh } from '../core/ledger/proof';
import type { BatchTask } from './batch-reap.worker';
import { startWorker, type Worker } from './workers';

const REAPERS = 8;
const ROUNDS = 20;
const NODES = ['1', ...Array.from({ length: 11 }, (_, i) => `1.${(i + 1).toString()}`)];
const EACH = 5;

/** The sets overlap: each node is in five of them, but no set is like another. */
function setOf(reaper: number): readonly string[] {
  return Array.from({ length: EACH }, (_, i) => NODES[(reaper + i * 2) % NODES.length] ?? '');
}

function ask<T>(workers: readonly Worker[], taskOf: (at: number) => BatchTask): Promise<readonly T[]> {
  return Promise.all(workers.map((worker, at) => worker.ask<T>(taskOf(at))));
}

/** The nodes whose claims the events from `from` on end, one entry an end. */
function endedSince(proof: Proof, from: number): readonly string[] {
  return proof
    .events()
    .slice(from)
    .map((name) => JSON.parse(proof.text(name)) as { node_ids?: string[]; node_id?: string })
    .flatMap(({ node_ids, node_id }) => node_ids ?? (node_id === undefined ? [] : [node_id]));
}

describe('8 operators reap overlapping sets of expired claims at once', () => {
  it.each(DIALECTS)(
    '%s, 20 rounds: all of a set or none, each claim once, and its tools go on reading',
    async (dialect) => {
      const proof = makeProof(dialect, NODES);
      const workers = await Promise.all(Array.from({ length: REAPERS }, () => startWorker('batch-reap.worker.ts')));
      const last = workers.slice(0, 1);
      let conflicts = 0;
      for (let round = 1; round <= ROUNDS; round += 1) {
        const stale = (await readAfresh(proof)).upserted.map(({ resource }) => resource);
        for (const node of NODES)
          if (!stale.includes(node)) proof.put(expiredClaim(dialect, node, `r${round.toString()}`));
        const before = proof.events().length;
        const plans = await ask<string>(workers, (at) => ({ kind: 'plan', proof: proof.folder, nodes: setOf(at) }));
        expect(new Set(plans)).toEqual(new Set(['planned']));
        const results = await ask<ActionResult>(workers, () => ({ kind: 'commit' }));
        const won = results.flatMap((result, at) => (result.kind === 'done' ? [at] : []));
        expect(won.length, JSON.stringify(results)).toBeGreaterThan(0);
        expect(
          results.filter(({ kind }) => kind !== 'done' && kind !== 'conflict'),
          JSON.stringify(results),
        ).toEqual([]);
        conflicts += REAPERS - won.length;
        const ended = endedSince(proof, before);
        expect([...ended].sort()).toEqual(won.flatMap(setOf).sort());
        expect(new Set(ended).size).toBe(ended.length);
        const left = NODES.filter((node) => !ended.includes(node));
        const reading = await readAfresh(proof);
        expect(reading).toMatchObject({ status: { kind: 'readable' }, findings: [] });
        expect(reading.upserted.map(({ resource }) => resource).sort()).toEqual([...left].sort());
        if (left.length === 0) continue;
        // One of them takes the rest, so that the next round begins anew.
        expect(await ask<string>(last, () => ({ kind: 'plan', proof: proof.folder, nodes: left }))).toEqual([
          'planned',
        ]);
        expect(await ask<ActionResult>(last, () => ({ kind: 'commit' }))).toMatchObject([{ kind: 'done' }]);
      }
      // They did meet: otherwise this shows nothing.
      expect(conflicts).toBeGreaterThan(ROUNDS);
      expect(readdirSync(proof.ledger).filter((name) => !name.endsWith('.json'))).toEqual([]);
      expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' }, upserted: [], findings: [] });
    },
    120_000,
  );
});
