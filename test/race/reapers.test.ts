import { readdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ActionResult } from '../../core/model';
import { allKnownBy, allKnownCold, memosIn, openKept, settled } from '../core/ledger/kept';
import { DIALECTS, expiredClaim, makeProof, readAfresh, tempFolder } from '../core/ledger/proof';
import type { ReapTask } from './reap.worker';
import { setTestMemos } from './test-memos';
import { startWorker, type Worker } from './workers';

const REAPERS = 8;
const ROUNDS = 50;

function askAll<T>(workers: readonly Worker[], task: ReapTask): Promise<readonly T[]> {
  return Promise.all(workers.map((worker) => worker.ask<T>(task)));
}

describe('8 operators reap one expired claim at once', () => {
  it.each(DIALECTS.flatMap((dialect) => [[dialect, 'reading all'] as const, [dialect, 'with what was kept'] as const]))(
    '%s, %s, 50 rounds: one event, one done, seven conflicts',
    async (dialect, how) => {
      const memos = how === 'reading all' ? null : memosIn(tempFolder());
      setTestMemos(memos?.folder ?? null);
      onTestFinished(() => {
        setTestMemos(null);
      });
      const proof = makeProof(dialect);
      await settled();
      if (memos !== null) await (await openKept(proof, memos)).close();
      const workers = await Promise.all(Array.from({ length: REAPERS }, () => startWorker('reap.worker.ts')));
      for (let round = 1; round <= ROUNDS; round += 1) {
        proof.put(expiredClaim(dialect, '1', `owner ${round.toString()}`));
        const before = proof.events().length;
        const plans = await askAll<string>(workers, { kind: 'plan', proof: proof.folder, claimId: 'node:1' });
        expect(new Set(plans)).toEqual(new Set(['planned']));
        const results = await askAll<ActionResult>(workers, { kind: 'commit' });
        const done = results.flatMap((result) => (result.kind === 'done' ? [result] : []));
        expect(done, JSON.stringify(results)).toHaveLength(1);
        expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(REAPERS - 1);
        const events = proof.events();
        expect(events).toHaveLength(before + 1);
        const [written] = done[0]?.written ?? [];
        expect(written?.file).toBe(events.at(-1));
        expect(proof.text(events.at(-1) ?? '')).toBe(written?.content);
        expect(done[0]?.warnings).toEqual([]);
      }
      expect(readdirSync(proof.ledger).filter((name) => !name.endsWith('.json'))).toEqual([]);
      const reading = await readAfresh(proof);
      expect(reading).toMatchObject({ status: { kind: 'readable' }, upserted: [], findings: [] });
      if (memos === null) return;
      await settled();
      const kept = await openKept(proof, memos);
      expect(kept.recalledTo).toBeGreaterThan(0);
      expect(allKnownBy(kept.reader)).toEqual(await allKnownCold(proof));
    },
    60_000,
  );
});
