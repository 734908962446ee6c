import { closeSync, fstatSync, lstatSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

// Takes `ledger.lock` as the living program does (O_EXCL, polling), looks at each of its steps whether its own lock
// still stands there, and releases it. With `breaks` it first removes the stale lock itself.

interface Task {
  readonly ledger: string;
  readonly holds: number;
  readonly steps: number;
  readonly forMs: number;
  /** Removes the lock of this content, as an operator would that has seen it, once, after so many ms. */
  readonly breaksAfterMs?: number;
  readonly breaks?: string;
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let nonce = 0;

function take(path: string, content: string): bigint | null {
  try {
    const fd = openSync(path, 'wx', 0o600);
    writeSync(fd, content);
    const { ino } = fstatSync(fd, { bigint: true });
    closeSync(fd);
    return ino;
  } catch {
    return null;
  }
}

function isMine(path: string, inode: bigint, content: string): boolean {
  try {
    return lstatSync(path, { bigint: true }).ino === inode && readFileSync(path, 'utf8') === content;
  } catch {
    return false;
  }
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

async function stand(task: Task): Promise<object> {
  const path = join(task.ledger, 'ledger.lock');
  const startedAt = performance.now();
  const told = { held: 0, away: 0, lost: 0, checks: 0 };
  let isBroken = false;
  while (told.held < task.holds && performance.now() - startedAt < task.forMs) {
    const { breaksAfterMs } = task;
    if (!isBroken && breaksAfterMs !== undefined && performance.now() - startedAt >= breaksAfterMs) {
      isBroken = true;
      if (contentOf(path) === task.breaks) unlinkSync(path);
    }
    nonce += 1;
    const content = `{"agent_id":"bystander-${nonce.toString()}"}\n`;
    const inode = take(path, content);
    if (inode === null) {
      if (isBroken || breaksAfterMs === undefined) await tick();
      continue;
    }
    told.held += 1;
    for (let step = 0; step < task.steps; step += 1) {
      told.checks += 1;
      if (!isMine(path, inode, content)) told.away += 1;
      if (step % 4 === 0) await tick();
    }
    // What was put back within 20 ms was not lost.
    if (!isMine(path, inode, content)) await pause(20);
    if (isMine(path, inode, content)) unlinkSync(path);
    else told.lost += 1;
  }
  return told;
}

process.on('message', (task: Task) => {
  void stand(task).then((told) => process.send?.(told));
});
process.send?.('ready');
