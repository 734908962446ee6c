import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arePrintsSame } from '../../../../core/ledger/kept/check-kept';
import { LedgerReader } from '../../../../core/ledger/reading/ledger-reader';
import {
  CheckingThread,
  checkPart,
  newSharedCheck,
  outcomeOf,
  type SharedCheck,
} from '../../../../core/ledger/reading/shared-check';
import { Turns } from '../../../../core/ledger/reading/turns';
import { buildReadingThread } from '../../../helpers/bundles';
import { nodeCreated } from '../events';
import { makeProof, NEVER, type Proof } from '../proof';

let thread: Awaited<ReturnType<typeof buildReadingThread>>;
beforeAll(async () => {
  thread = await buildReadingThread();
}, 60_000);
afterAll(() => thread.remove());

async function checkOf(proof: Proof, isExact = true): Promise<SharedCheck> {
  const reader = new LedgerReader(proof.folder);
  await reader.read({ signal: NEVER });
  const prints = reader.keepable?.fold.prints.columns ?? new Float64Array(0);
  expect(prints.length).toBeGreaterThan(0);
  return newSharedCheck(proof.ledger, 'living', prints, isExact);
}

/** The thread takes everything before this one takes anything. */
async function byThreadAlone(check: SharedCheck): Promise<boolean | null> {
  const worker = new CheckingThread(thread.program);
  worker.check(check);
  const parts = Math.ceil(check.prints.length / 4 / 1_024);
  const until = Date.now() + 10_000;
  while ((check.state[0] ?? 0) <= parts && check.state[2] === 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  while (outcomeOf(check) === null) await new Promise((resolve) => setTimeout(resolve, 5));
  worker.close();
  return outcomeOf(check);
}

function edit(proof: Proof, name: string): void {
  const path = join(proof.ledger, name);
  const { atime, mtime } = statSync(path);
  writeFileSync(path, readFileSync(path));
  utimesSync(path, atime, mtime);
}

it('a thread finds the files that are the same, and one that was written again with its times set back', async () => {
  const proof = makeProof('living', ['1', ...Array.from({ length: 1_500 }, (_, i) => `1.${(i + 1).toString()}`)]);
  expect(await byThreadAlone(await checkOf(proof))).toBe(true);
  const check = await checkOf(proof);
  edit(proof, '001501.json');
  expect(await byThreadAlone(check)).toBe(false);
}, 30_000);

it('both together come to the same, and alone this one does', async () => {
  // Three parts, of which two are whole.
  const proof = makeProof('living', ['1', ...Array.from({ length: 2_500 }, (_, i) => `1.${(i + 1).toString()}`)]);
  for (const worker of [null, new CheckingThread(thread.program), new CheckingThread('/nowhere')]) {
    const check = await checkOf(proof);
    worker?.check(check);
    expect(await arePrintsSame(check, worker, new Turns(NEVER))).toBe(true);
    const stale = await checkOf(proof);
    edit(proof, '002400.json');
    worker?.check(stale);
    expect(await arePrintsSame(stale, worker, new Turns(NEVER))).toBe(false);
    const one = await checkOf(proof);
    edit(proof, '000002.json');
    worker?.check(one);
    expect(await arePrintsSame(one, worker, new Turns(NEVER))).toBe(false);
    // Only the time of the last change of any kind differs, and it is not asked for.
    utimesSync(join(proof.ledger, '001300.json'), 1_700_000_000, 1_700_000_000);
    const published = await checkOf(proof, false);
    const exact = await checkOf(proof);
    edit(proof, '001300.json');
    worker?.check(published);
    expect(await arePrintsSame(published, worker, new Turns(NEVER))).toBe(true);
    worker?.check(exact);
    expect(await arePrintsSame(exact, worker, new Turns(NEVER))).toBe(false);
    worker?.close();
  }
});

it('what a thread took and did not bring to an end counts as different', async () => {
  const proof = makeProof('living', ['1']);
  proof.put(nodeCreated('1.1'));
  const check = await checkOf(proof);
  const worker = new CheckingThread('/nowhere');
  // As one that died in the middle of a part.
  Atomics.add(check.state, 1, 1);
  expect(await arePrintsSame(check, worker, new Turns(NEVER))).toBe(false);
  expect(checkPart(check, () => null)).toBe(false);
});

it('what could not be looked at counts as different, whoever goes on', async () => {
  const check = await checkOf(makeProof('living', ['1']));
  const broken = (): never => {
    throw new Error('the library is gone');
  };
  expect(() => checkPart(check, broken)).toThrow('gone');
  expect(outcomeOf(check)).toBe(false);
});
