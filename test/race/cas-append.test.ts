import { readdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventName } from '../../core/ledger/events/event-names';
import { allKnownBy, allKnownCold, memosIn, openKept, settled } from '../core/ledger/kept';
import { DIALECTS, makeProof, type Proof, readAfresh, tempFolder } from '../core/ledger/proof';
import type { AppendAnswer, AppendTask } from './append.worker';
import { setTestMemos } from './test-memos';
import { startWorker } from './workers';

const PROCESSES = 16;
const EACH = 25;

/** Opens the proof again and again while others work on it, and keeps what it reads; they use what is kept. */
async function keepOnAndOn(proof: Proof) {
  const memos = memosIn(tempFolder());
  setTestMemos(memos.folder);
  onTestFinished(() => {
    setTestMemos(null);
  });
  await settled();
  await (await openKept(proof, memos)).close();
  const state = { isOver: false };
  let recalls = 0;
  const keeping = (async () => {
    while (!state.isOver) {
      const opened = await openKept(proof, memos);
      if (opened.recalledTo !== null) recalls += 1;
      // What is young when it is closed is not kept.
      await settled();
      await opened.close();
    }
  })();
  const end = async (): Promise<number> => {
    state.isOver = true;
    await keeping;
    return recalls;
  };
  return { memos, end };
}

describe('16 processes append to one ledger by compare-and-swap', () => {
  it.each(DIALECTS.flatMap((dialect) => [[dialect, 'reading all'] as const, [dialect, 'with what was kept'] as const]))(
    '%s, %s: none lost, none twice, no gap',
    async (dialect, how) => {
      const proof = makeProof(dialect);
      const kept = how === 'reading all' ? null : await keepOnAndOn(proof);
      const type = dialect === 'living' ? 'taint_recomputed' : 'custom_event';
      const before = proof.events().length;
      const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startWorker('append.worker.ts')));
      const answers = await Promise.all(
        workers.map((worker, i) => {
          const task: AppendTask = { proof: proof.folder, type, who: `w${i.toString()}`, count: EACH };
          return worker.ask<AppendAnswer>(task);
        }),
      );
      const recalls = (await kept?.end()) ?? null;
      const written = answers.flatMap((answer) => answer.written);
      expect(written).toHaveLength(PROCESSES * EACH);
      // Every number once, from the first to the last.
      const numbers = Array.from({ length: before + PROCESSES * EACH }, (_, i) => eventName(i + 1, dialect));
      expect(proof.events()).toEqual(numbers);
      expect(written.map(({ file }) => file).sort()).toEqual(numbers.slice(before));
      for (const { file, content, expected } of written) {
        expect(proof.text(file)).toBe(content);
        // Only ever right behind the event that its writer had seen.
        expect(file).toBe(eventName(expected + 1, dialect));
      }
      // They did meet: otherwise this shows nothing.
      expect(answers.reduce((sum, answer) => sum + answer.conflicts, 0)).toBeGreaterThan(0);
      expect(readdirSync(proof.ledger)).toHaveLength(numbers.length);
      const reading = await readAfresh(proof);
      expect(reading).toMatchObject({ status: { kind: 'readable' }, head: numbers.length, findings: [] });
      if (kept === null) return;
      // It was believed, again and again, and never told anything else than a cold reading.
      expect(recalls).toBeGreaterThan(1);
      const last = await openKept(proof, kept.memos);
      expect(last.recalledTo).toBeGreaterThan(0);
      expect(allKnownBy(last.reader)).toEqual(await allKnownCold(proof));
    },
    60_000,
  );
});
