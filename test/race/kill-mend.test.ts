import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../core/host/create-host';
import { LedgerSource } from '../../core/ledger/ledger-source';
import { claimEvent, makeProof, NEVER, type Proof, readAfresh, releaseEvent } from '../core/ledger/proof';
import { workerProgram } from '../helpers/worker-program';
import { type Ending, runToItsEnd } from './killed-process';

const AT_ONCE = 4;
const program = await workerProgram(path.join(import.meta.dirname, 'kill-mend.worker.ts'));
/** More steps than a mend can have. */
const MOST_STEPS = 160;

interface Answer {
  readonly outcome: string;
  readonly count: number;
}

function runUntilStep(proof: Proof, step: number, what: 'mend' | 'undo'): Promise<Ending<Answer>> {
  return runToItsEnd(program, [proof.folder, step.toString(), what], 30_000);
}

interface BrokenProof {
  readonly proof: Proof;
  readonly digests: ReadonlyMap<string, string>;
}

/** Node 1 is claimed; then come a second release and two events behind it. */
function brokenProof(): BrokenProof {
  const proof = makeProof('living');
  proof.put(claimEvent('living', '1', 'ada', Date.now() + 3_600_000));
  proof.put('{"type":"custom_event"}');
  proof.put(releaseEvent('living', '1', 'ada'));
  proof.put('{');
  return { proof, digests: new Map(BAD.map((name) => [name, digestOf(path.join(proof.ledger, name))])) };
}

const BAD = ['000003.json', '000004.json', '000005.json'];

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function laterSource(proof: Proof): LedgerSource {
  return new LedgerSource(proof.folder, { ...createHost(), clock: { nowMs: () => Date.now() + 60_000 } });
}

/** Every file is whole, in one of its two places; those in the ledger have no gap before them. Gives how many stayed. */
function checkFiles(proof: Proof, digests: ReadonlyMap<string, string>, what: string): number {
  const quarantine = path.join(proof.ledger, '.lockscope');
  const kept = existsSync(quarantine) ? readdirSync(quarantine) : [];
  const stayed = BAD.filter((name) => existsSync(path.join(proof.ledger, name)));
  expect(stayed, what).toEqual(BAD.slice(0, stayed.length));
  for (const name of BAD) {
    const places = [
      ...(stayed.includes(name) ? [path.join(proof.ledger, name)] : []),
      ...kept.filter((each) => each.endsWith(`-${name}`)).map((each) => path.join(quarantine, each)),
    ];
    expect(places, `${what}: ${name}`).toHaveLength(1);
    expect(digestOf(places[0] ?? ''), `${what}: ${name}`).toBe(digests.get(name));
  }
  return stayed.length;
}

async function mendIfOffered(source: LedgerSource): Promise<void> {
  const seen = (await source.read({ signal: NEVER })).findings.find(({ mend }) => mend?.mend === 'trailing-events')
    ?.mend?.seen;
  if (seen === undefined) return;
  const planned = await source.plan({ action: 'mend', mend: 'trailing-events', seen });
  if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
  expect(await source.commit(planned.plan, { reason: null, signal: NEVER })).toMatchObject({
    kind: 'done',
    warnings: [],
  });
}

/** Puts back all that is kept, the newest first. */
async function undoAll(source: LedgerSource, what: string): Promise<void> {
  for (let most = 4; most > 0; most -= 1) {
    const [undoable] = await source.undoables();
    if (undoable === undefined) return;
    expect(undoable.against, what).toBeNull();
    expect(await source.undo(undoable.id, { signal: NEVER }), what).toMatchObject({ kind: 'done' });
  }
}

/** Runs `check` on a proof for every step at which its process was killed. Gives the number of steps that there are. */
async function forEveryStep(
  what: 'mend' | 'undo',
  make: () => Promise<BrokenProof>,
  check: (broken: BrokenProof, step: number) => Promise<void>,
): Promise<number> {
  for (let first = 1; first < MOST_STEPS; first += AT_ONCE) {
    const steps = Array.from({ length: AT_ONCE }, (_, i) => first + i);
    const endings = await Promise.all(
      steps.map(async (step) => {
        const broken = await make();
        return { step, broken, ending: await runUntilStep(broken.proof, step, what) };
      }),
    );
    for (const { step, broken, ending } of endings) {
      if (!ending.isKilled) {
        expect(ending.answer, `step ${step.toString()}`).toMatchObject({ outcome: 'done' });
        return step;
      }
      // What a crash leaves of our lock is reaped by an operator; that is tested by itself.
      rmSync(path.join(broken.proof.ledger, 'ledger.lock'), { force: true });
      await check(broken, step);
    }
  }
  throw new Error('there is no end to its steps');
}

describe('kill -9 at every step', () => {
  it('of a mend: all is whole, and it can be completed or undone', async () => {
    const stays = new Set<number>();
    const steps = await forEveryStep(
      'mend',
      () => Promise.resolve(brokenProof()),
      async ({ proof, digests }, step) => {
        const what = `killed before step ${step.toString()}`;
        const stayed = checkFiles(proof, digests, what);
        stays.add(stayed);
        expect((await readAfresh(proof)).status.kind, what).toBe(stayed === 0 ? 'readable' : 'unreadable');
        const source = laterSource(proof);
        await source.read({ signal: NEVER });
        if (step % 2 === 0) {
          await mendIfOffered(source);
          expect(await readAfresh(proof), what).toMatchObject({ status: { kind: 'readable' }, head: 2 });
        }
        await undoAll(source, what);
        source.close();
        expect(checkFiles(proof, digests, what), what).toBe(BAD.length);
      },
    );
    expect(steps).toBeGreaterThan(25);
    // It was killed with none, some and all of them moved.
    expect([...stays].sort()).toEqual([0, 1, 2, 3]);
  }, 240_000);

  it('of an undo: all is whole, and it can be done again', async () => {
    const stays = new Set<number>();
    await forEveryStep(
      'undo',
      async () => {
        const broken = brokenProof();
        const source = laterSource(broken.proof);
        await mendIfOffered(source);
        source.close();
        return broken;
      },
      async ({ proof, digests }, step) => {
        const what = `killed before step ${step.toString()}`;
        stays.add(checkFiles(proof, digests, what));
        const source = laterSource(proof);
        await source.read({ signal: NEVER });
        await undoAll(source, what);
        source.close();
        expect(checkFiles(proof, digests, what), what).toBe(BAD.length);
      },
    );
    expect([...stays].sort()).toEqual([0, 1, 2, 3]);
  }, 240_000);
});
