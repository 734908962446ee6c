import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { acquireWriteLock } from '../../core/ledger';
import { median } from '../median';
import type { Figures } from '../sample';
import { timed } from '../timed';

const WARM_UP = 200;
const ROUNDS = 300;
const A_ROUND = 10;
const SYNCED_ROUNDS = 12;
const SYNCED_A_ROUND = 10;
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
  const ours = async () => {
    const acquired = await acquireWriteLock(ledger, { host });
    if (acquired.kind !== 'acquired') throw new Error(`The lock was not free: ${acquired.kind}`);
    acquired.lock.release();
  };
  const bare = () => {
    bareLoop(path, false);
  };
  const synced = () => {
    bareLoop(path, true);
  };
  // Code that is only being compiled is no matter of the lock.
  await timed([ours, bare], WARM_UP, A_ROUND);
  const [oursMs = [], bareMs = []] = await timed([ours, bare], ROUNDS, A_ROUND);
  const [syncedMs = []] = await timed([synced], SYNCED_ROUNDS, SYNCED_A_ROUND);
  // A file system is several times slower while somebody else's writes go to disk. What is compared are therefore
  // rounds that met the same one, right after each other.
  const rate = median(oursMs.map((ms, round) => (bareMs[round] ?? Number.NaN) / ms));
  return { ours: median(oursMs), bare: median(bareMs), rate, durable: median(syncedMs) };
}
