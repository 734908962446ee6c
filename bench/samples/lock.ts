import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { acquireWriteLock } from '../../core/ledger';
import { median } from '../median';
import type { Figures } from '../sample';

const ROUNDS = 15;
const A_ROUND = 20;
const CONTENT = `{"agent_id":"${'x'.repeat(120)}","acquired_at":"2026-01-01T00:00:00.000000000Z"}\n`;

function bareLoop(path: string, durable: boolean): void {
  const fd = openSync(path, 'wx', 0o600);
  writeSync(fd, CONTENT);
  if (durable) fsyncSync(fd);
  closeSync(fd);
  readFileSync(path);
  unlinkSync(path);
}

/**
 * Taking and releasing a free `ledger.lock`, beside a bare loop that creates, writes, closes, reads and unlinks
 * a file, and the same loop with its bytes on disk. Times are those of one turn.
 */
export async function measureLock(proof: string): Promise<Figures> {
  const host = createHost();
  const ledger = join(proof, 'ledger');
  const apart = join(proof, 'bare');
  mkdirSync(apart, { recursive: true });
  const path = join(apart, 'ledger.lock');
  const turns: Readonly<Record<'ours' | 'bare' | 'durable', () => Promise<void> | void>> = {
    ours: async () => {
      const acquired = await acquireWriteLock(ledger, { host });
      if (acquired.kind !== 'acquired') throw new Error(`The lock was not free: ${acquired.kind}`);
      acquired.lock.release();
    },
    bare: () => {
      bareLoop(path, false);
    },
    durable: () => {
      bareLoop(path, true);
    },
  };
  const figures: Record<string, number> = {};
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, turn] of Object.entries(turns)) {
      const startedMs = performance.now();
      for (let i = 0; i < A_ROUND; i += 1) await turn();
      // The first rounds warm up.
      if (round > 2) (times[name] ??= []).push((performance.now() - startedMs) / A_ROUND);
    }
  }
  for (const [name, values] of Object.entries(times)) figures[name] = median(values);
  return figures;
}
