import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createHost } from '../../../../core/host/create-host';
import type { MemoOptions } from '../../../../core/host/memos';
import { eachLine, toLines } from '../../../../core/ledger/kept/kept-lines';
import { type KeptFrom, LedgerKeeper } from '../../../../core/ledger/kept/ledger-keeper';
import { LedgerReader } from '../../../../core/ledger/reading/ledger-reader';
import { Turns } from '../../../../core/ledger/reading/turns';
import { jsonParts } from '../../../../core/ledger/replay/kept-parts';
import { nodesClaimed } from '../events';
import { memosIn, memosOf } from '../kept';
import { makeProof, NEVER, type Proof, sourceOf, tempFolder } from '../proof';

const TIMES = { afterMs: 20, againMs: 40, againAtMostMs: 160 };

/** A keeper of a proof that was read just now, its events young for `settledMs`. */
async function keeping(settledMs: number) {
  const proof = makeProof('living', ['1', '1.1']);
  proof.put(nodesClaimed(['1'], 'ada'));
  const memos: MemoOptions = { ...memosIn(join(tempFolder(), 'memos')), settledMs };
  const keeper = new LedgerKeeper(memos, proof.folder, TIMES);
  onTestFinished(() => {
    keeper.stop();
  });
  const reader = new LedgerReader(proof.folder, { keeper });
  await reader.read({ signal: NEVER });
  const doubts: number[] = [];
  const from: KeptFrom = { reading: () => reader.keepable, onDoubt: () => doubts.push(reader.head) };
  return { proof, memos, keeper, reader, from, doubts };
}

function isKept(memos: MemoOptions): boolean {
  return existsSync(memos.folder) && memosOf(memos).length > 0;
}

async function untilKept(memos: MemoOptions): Promise<void> {
  await vi.waitFor(() => expect(isKept(memos)).toBe(true), { timeout: 5_000 });
}

it('keeps a reading shortly after it, and not again before it has grown', async () => {
  const { memos, keeper, from } = await keeping(50);
  keeper.noticed(from);
  await untilKept(memos);
  const asked = vi.spyOn(from, 'reading');
  keeper.noticed(from);
  await wait(100);
  // To see whether it is worth it, and not once more to keep it.
  expect(asked).toHaveBeenCalledTimes(1);
});

it('what is forgotten while it is being kept is not written afterwards', async () => {
  const { memos, keeper, reader, from } = await keeping(300);
  let isThere = true;
  const some: KeptFrom = { ...from, reading: () => (isThere ? reader.keepable : null) };
  keeper.noticed(some);
  // It waits for its young events now.
  await wait(150);
  isThere = false;
  keeper.forget();
  await wait(450);
  expect(isKept(memos)).toBe(false);
  isThere = true;
  keeper.noticed(some);
  await untilKept(memos);
});

it('nothing is kept once it is stopped, though it was waiting to', async () => {
  const { memos, keeper, from } = await keeping(100);
  keeper.noticed(from);
  await wait(60);
  keeper.stop();
  await wait(300);
  expect(isKept(memos)).toBe(false);
});

it('a source that is closed without being told to keep anything keeps nothing', async () => {
  const proof = makeProof('living');
  const memos = { ...memosIn(join(tempFolder(), 'memos')), settledMs: 1 };
  const source = sourceOf(proof, { ...createHost(), memos });
  await source.read({ signal: NEVER });
  source.close();
  await wait(1_300);
  expect(isKept(memos)).toBe(false);
});

it('files ahead of our clock put it off, ever longer, and cost nothing meanwhile', async () => {
  const { memos, keeper, reader, from } = await keeping(50);
  const fold = reader.keepable?.fold;
  if (fold === undefined) throw new Error('It was read.');
  const said = vi.spyOn(fold.replay, 'parts');
  const asked = vi.spyOn(from, 'reading');
  const now = Date.now.bind(Date);
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - 60_000);
  onTestFinished(() => {
    clock.mockRestore();
  });
  keeper.noticed(from);
  await wait(700);
  // After 20 ms, and 40, 80, 160 and 160 more.
  expect(asked.mock.calls.length).toBeGreaterThan(3);
  expect(asked.mock.calls.length).toBeLessThan(8);
  expect(said).not.toHaveBeenCalled();
  clock.mockRestore();
  await untilKept(memos);
});

/** Writes into an event in place, to as many bytes, and sets its time back to the whole second that it has. */
function editUnseen(proof: Proof, name: string, from: string, to: string): void {
  writeFileSync(join(proof.ledger, name), proof.text(name).replaceAll(from, to));
  utimesSync(join(proof.ledger, name), 1_700_000_000, 1_700_000_000);
}

it('a young event of other bytes than those that were applied is doubted, and read again', async () => {
  const proof = makeProof('living');
  const name = proof.put(nodesClaimed(['1'], 'ada'));
  utimesSync(join(proof.ledger, name), 1_700_000_000, 1_700_000_000);
  const memos = { ...memosIn(join(tempFolder(), 'memos')), settledMs: 60_000 };
  const source = sourceOf(proof, { ...createHost(), memos });
  let hints = 0;
  const stop = source.watch(() => {
    hints += 1;
  });
  await source.read({ signal: NEVER });
  editUnseen(proof, name, 'ada', 'eve');
  // Not even a look at the file tells.
  expect((await source.read({ signal: NEVER, check: true })).reset).toBe(false);
  await wait(50);
  hints = 0;
  await vi.waitFor(() => expect(hints).toBeGreaterThan(0), { timeout: 5_000 });
  const { reset, upserted } = await source.read({ signal: NEVER });
  stop();
  expect(reset).toBe(true);
  expect(upserted.map(({ holder }) => holder.name)).toEqual(['eve']);
  expect(isKept(memos)).toBe(false);
}, 20_000);

it('long texts come in parts of their own, and too many of them are not kept', async () => {
  const statement = 'x'.repeat(300_000);
  const parts = [...jsonParts([1, statement, statement, 2, 3], (entry) => [entry])];
  expect(parts.map((part) => (JSON.parse(part) as unknown[]).length)).toEqual([2, 1, 2]);
  expect([...jsonParts(Array.from({ length: 1_200 }, (_, i) => i))].length).toBe(3);
  expect([...jsonParts([])]).toEqual([]);
  const mebibyte = 'x'.repeat(1 << 20);
  const turns = new Turns(NEVER);
  await expect(toLines(Array(70).fill(mebibyte), turns, () => true)).rejects.toThrow('too many');
  const read: string[] = [];
  await eachLine((await toLines(parts, turns, () => true)) ?? undefined, turns, (text) => read.push(text));
  expect(read).toEqual(parts);
});

it('a reading of which nothing can be said is given up until it has grown', async () => {
  const { proof, memos, keeper, reader, from } = await keeping(30);
  const fold = reader.keepable?.fold;
  if (fold === undefined) throw new Error('It was read.');
  const said = vi.spyOn(fold.replay, 'parts').mockImplementation(() => {
    throw new RangeError('Invalid string length');
  });
  keeper.noticed(from);
  await vi.waitFor(() => expect(said).toHaveBeenCalledTimes(1), { timeout: 5_000 });
  await wait(100);
  keeper.noticed(from);
  await wait(100);
  expect(said).toHaveBeenCalledTimes(1);
  said.mockRestore();
  proof.put(nodesClaimed(['1.1'], 'bob'));
  await reader.read({ signal: NEVER });
  keeper.noticed(from);
  await untilKept(memos);
});
