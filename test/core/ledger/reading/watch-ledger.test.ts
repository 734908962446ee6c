import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchLedger } from '../../../../core/ledger/reading/watch-ledger';
import { makeProof } from '../proof';

function watched() {
  const proof = makeProof('living');
  let beside = 0;
  const names: (string | null)[] = [];
  const watch = watchLedger(proof.folder, {
    onLedger: (name) => names.push(name),
    onBeside: () => {
      beside += 1;
    },
  });
  onTestFinished(() => {
    watch.stop();
  });
  /** Does something; resolves when it was told of, and nothing more comes. */
  const told = async (change: () => void, withinMs = 1_000) => {
    const before = beside;
    change();
    await vi.waitFor(() => expect(beside).toBeGreaterThan(before), { timeout: withinMs, interval: 5 });
    await wait(50);
  };
  return { proof, watch, names, told, count: () => beside };
}

it('tells at once of meta.json and of lock files, also written in place, in a folder that came to be', async () => {
  const { proof, told, count, watch } = watched();
  const meta = join(proof.folder, 'meta.json');
  await told(() => writeFileSync(meta, '{}'));
  await told(() => writeFileSync(meta, '{"lock_timeout":"5m"}'));
  const locks = join(proof.folder, 'locks');
  await told(() => mkdirSync(locks));
  // It is watched itself with the next look, which tells once more.
  await told(() => writeFileSync(join(locks, '1.lock'), '{}'), 4_000);
  await told(() => writeFileSync(join(locks, '1.lock'), '{"node_id":"1"}'));
  await told(() => rmSync(join(locks, '1.lock')));
  const before = count();
  writeFileSync(join(proof.folder, 'notes.txt'), '');
  proof.put({ type: 'custom_event' });
  await wait(100);
  expect(count()).toBe(before);
  watch.stop();
  writeFileSync(meta, '{}');
  await wait(100);
  expect(count()).toBe(before);
}, 20_000);

it('a locks folder that was replaced by another is watched', async () => {
  const { proof, told } = watched();
  const locks = join(proof.folder, 'locks');
  await told(() => mkdirSync(locks));
  await wait(2_100);
  await told(() => {
    renameSync(locks, `${locks}-away`);
    mkdirSync(locks);
  });
  await wait(2_100);
  await told(() => writeFileSync(join(locks, '1.lock'), '{}'));
}, 20_000);
