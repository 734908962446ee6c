import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { stateLock } from '../../core/file-lock';
import { systemLibrary } from '../../core/host/system-library';
import { median } from '../median';
import type { Figures } from '../sample';

const WARM_UP = 5_000;
const ROUNDS = 60;
const A_ROUND = 2_000;
const F_OFD_SETLK = 37;

/** A struct flock of the whole file, as a 64-bit Linux has it. */
function wholeFile(type: number): Uint8Array {
  const lock = new Uint8Array(32);
  new DataView(lock.buffer).setInt16(0, type, true);
  return lock;
}

/**
 * Taking and giving back a free file lock (fcntl) through the public API, beside a bare loop of the two calls of the
 * system. Times are those of one turn, in ms; rounds of both follow each other at once.
 */
export async function measureFileLock(folder: string): Promise<Figures> {
  const project = join(folder, 'project');
  mkdirSync(project, { recursive: true });
  const made = stateLock(project);
  if (made.kind === 'refused') throw new Error(made.reason);
  const { lock } = made;
  const fcntl = systemLibrary().func('int fcntl(int fd, int command, void *lock)') as (
    fd: number,
    command: number,
    lock: Uint8Array,
  ) => number;
  const [take, give] = [wholeFile(1), wholeFile(2)];
  const fd = openSync(join(project, 'bare.lock'), constants.O_RDWR | constants.O_CREAT, 0o644);
  const bare = (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) {
      if (fcntl(fd, F_OFD_SETLK, take) !== 0 || fcntl(fd, F_OFD_SETLK, give) !== 0) throw new Error('not free');
    }
    return Promise.resolve();
  };
  const waiting = async (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) {
      if ((await lock.lock()).kind !== 'locked') throw new Error('not free');
      lock.unlock();
    }
  };
  const trying = (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) {
      if (lock.tryLock().kind !== 'locked') throw new Error('not free');
      lock.unlock();
    }
    return Promise.resolve();
  };
  const ways = [bare, waiting, trying];
  for (const way of ways) await way(WARM_UP);
  const times = ways.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < ways.length; i += 1) {
      const which = (i + round) % ways.length;
      const startedMs = performance.now();
      await ways[which]?.(A_ROUND);
      times[which]?.push((performance.now() - startedMs) / A_ROUND);
    }
  }
  lock.close();
  closeSync(fd);
  const [bareMs = [], lockMs = [], tryMs = []] = times;
  const rateOf = (ours: readonly number[]): number =>
    median(ours.map((ms, round) => (bareMs[round] ?? Number.NaN) / ms));
  return { bare: median(bareMs), ours: median(lockMs), rate: rateOf(lockMs), tryRate: rateOf(tryMs) };
}
