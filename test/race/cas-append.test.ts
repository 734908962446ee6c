import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventName } from '../../core/ledger/event-names';
import { DIALECTS, makeProof, readAfresh } from '../core/ledger/proof';
import type { AppendAnswer, AppendTask } from './append.worker';
import { startWorker } from './workers';

const PROCESSES = 16;
const EACH = 25;

describe('16 processes append to one ledger by compare-and-swap', () => {
  it.each(DIALECTS)(
    '%s: none lost, none twice, no gap',
    async (dialect) => {
      const proof = makeProof(dialect);
      const type = dialect === 'living' ? 'taint_recomputed' : 'custom_event';
      const before = proof.events().length;
      const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startWorker('append.worker.ts')));
      const answers = await Promise.all(
        workers.map((worker, i) => {
          const task: AppendTask = { proof: proof.folder, type, who: `w${i.toString()}`, count: EACH };
          return worker.ask<AppendAnswer>(task);
        }),
      );
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
    },
    60_000,
  );
});
