import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeSteps } from '../../core/host/file-steps';
import { fileSteps } from '../../core/host/quickest-steps';
import { allEvidence, judge } from '../../core/model';
import { makeProof, type Proof, readAfresh } from '../core/ledger/proof';
import { workerProgram } from '../helpers/worker-program';
import { type Ending, runToItsEnd } from './killed-process';
import type { Way } from './steps';

const own = await fileSteps();
const AT_ONCE = 4;
const program = await workerProgram(path.join(import.meta.dirname, 'kill.worker.ts'));
/** More steps than an append can have. */
const MOST_STEPS = 80;

interface Answer {
  readonly outcome: string;
  readonly count: number;
  readonly steps: string;
}

function appendUntilStep(proof: Proof, step: number, how: 'before' | 'half', way: Way): Promise<Ending<Answer>> {
  return runToItsEnd(program, [proof.folder, step.toString(), how, way], 60_000);
}

/** The class of the steps that a way is made of. */
function stepsOf(way: Way): string {
  return way === 'own' && own !== nodeSteps ? 'NativeSteps' : 'Object';
}

/** What stands in the ledger folder besides events, and what a fresh reader makes of it. */
async function checkAfterDeath(proof: Proof, pid: number, what: string): Promise<string> {
  const left = readdirSync(proof.ledger).filter((name) => !name.endsWith('.json'));
  const eventTemps = left.filter((name) => name.startsWith('.event-'));
  const lockNames = left.filter((name) => name.includes('ledger.lock'));
  expect(left.length, what).toBe(eventTemps.length + lockNames.length);
  expect(eventTemps.length, what).toBeLessThanOrEqual(1);
  // One lock: under the name aside, or one file under both.
  const lockInodes = new Set(lockNames.map((name) => statSync(path.join(proof.ledger, name)).ino));
  expect(lockInodes.size, what).toBeLessThanOrEqual(1);

  const reading = await readAfresh(proof);
  expect(reading.status, what).toEqual({ kind: 'readable' });
  const nodes = reading.upserted.filter(({ kind }) => kind === 'node');
  if (proof.events().length === 1) expect(nodes, what).toEqual([]);
  else {
    expect(proof.events(), what).toHaveLength(2);
    expect(nodes, what).toMatchObject([{ resource: '1', holder: { name: 'ada' } }]);
  }

  // Everything that is left is named as ours and dead.
  const temps = left.filter((name) => name !== 'ledger.lock').sort();
  const named = reading.findings.filter(({ code }) => code === 'temp-file-left');
  expect(named.map(({ file }) => file).sort(), what).toEqual(temps.map((name) => `ledger/${name}`));
  for (const { message } of named) {
    expect(message, what).toContain(`was left by Lockscope: its process ${pid.toString()} ended in the middle`);
  }
  const lock = reading.upserted.find(({ kind }) => kind === 'write-lock');
  expect(lock !== undefined, what).toBe(left.includes('ledger.lock'));
  if (lock !== undefined) {
    const nowMs = Date.now();
    expect(lock.holder.process?.pid, what).toBe(pid);
    expect(lock.evidence, what).toContainEqual(expect.objectContaining({ kind: 'holder-gone', how: 'ended' }));
    expect(judge(lock, allEvidence(lock, nowMs), nowMs), what).toBe('abandoned');
  }
  return [...left.map((name) => name.replace(/-lockscope-.*/, '')), `${proof.events().length.toString()} events`]
    .sort()
    .join(', ');
}

describe('kill -9 at every step of an append', () => {
  it.each([
    ['living', 'own'],
    ['seed', 'own'],
    ['living', 'node'],
  ] as const)(
    '%s, by the steps of %s: readable, claims of before or after, what is left is ours and dead',
    async (dialect, way) => {
      const states = new Set<string>();
      let survivedAt = 0;
      for (let first = 1; survivedAt === 0 && first < MOST_STEPS; first += AT_ONCE) {
        const steps = Array.from({ length: AT_ONCE }, (_, i) => first + i);
        const endings = await Promise.all(
          steps.map(async (step) => {
            const proof = makeProof(dialect);
            return { step, proof, ending: await appendUntilStep(proof, step, 'before', way) };
          }),
        );
        for (const { step, proof, ending } of endings) {
          const what = `killed before step ${step.toString()}`;
          if (ending.isKilled) states.add(await checkAfterDeath(proof, ending.pid, what));
          else {
            expect(ending.answer, what).toMatchObject({ outcome: 'written', steps: stepsOf(way) });
            survivedAt ||= step;
          }
        }
      }
      expect(survivedAt).toBeGreaterThan(15);
      // It was killed with nothing there, with each file, and with the lock held before and after the event. Its last
      // step leaves the event alone, as one that survived does.
      expect([...states]).toEqual(
        expect.arrayContaining([
          '1 events',
          '.event, 1 events',
          '.event, .ledger.lock, 1 events',
          '.event, .ledger.lock, 1 events, ledger.lock',
          '.event, .ledger.lock, 2 events, ledger.lock',
          '.ledger.lock, 2 events, ledger.lock',
          '.ledger.lock, 2 events',
        ]),
      );
    },
    240_000,
  );

  it.each(['own', 'node'] as const)(
    'in the middle of each write, by the steps of %s: the half is in no event and in no lock',
    async (way) => {
      // A child that is not to write at this step goes on to the end, and tells how many steps there were.
      let halves = 0;
      for (let first = 1; first < 16; first += AT_ONCE) {
        const steps = Array.from({ length: AT_ONCE }, (_, i) => first + i);
        await Promise.all(
          steps.map(async (step) => {
            const proof = makeProof('living');
            const ending = await appendUntilStep(proof, step, 'half', way);
            if (!ending.isKilled) return;
            halves += 1;
            const state = await checkAfterDeath(proof, ending.pid, `killed in the middle of write ${step.toString()}`);
            expect(state).toMatch(/^\.event(, \.ledger\.lock)?, 1 events$/);
          }),
        );
      }
      expect(halves).toBe(2);
    },
    60_000,
  );
});
