import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventPath, makeLedger, outsideEvent, trimLedger } from '../../bench/ledger-files';
import { LedgerReader } from '../../core/ledger';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'lockscope-test-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function readThrough(proof: string): Promise<LedgerReader> {
  const reader = new LedgerReader(proof);
  await reader.read({ signal: new AbortController().signal });
  expect(reader.findings).toEqual([]);
  return reader;
}

describe('a generated ledger', () => {
  it.each([1, 100, 5_000])('of %i events is one that its own tools read to the end', async (count) => {
    const proof = join(newFolder(), 'proof');
    makeLedger(proof, count);
    expect((await readThrough(proof)).head).toBe(count);
  });

  it('takes what is appended from outside, and is as before when that is removed', async () => {
    const proof = join(newFolder(), 'proof');
    makeLedger(proof, 100);
    const before = (await readThrough(proof)).replay.claims();
    for (let i = 1; i <= 10; i += 1) writeFileSync(eventPath(proof, 100 + i), outsideEvent(i));
    expect((await readThrough(proof)).head).toBe(110);
    trimLedger(proof, 100);
    expect((await readThrough(proof)).replay.claims()).toEqual(before);
  });

  it('may share the events of a smaller one', async () => {
    const folder = newFolder();
    const [small, large] = [join(folder, 'small'), join(folder, 'large')];
    makeLedger(small, 10_000);
    makeLedger(large, 12_000, { proof: small, count: 10_000 });
    expect((await readThrough(large)).head).toBe(12_000);
  });
});
