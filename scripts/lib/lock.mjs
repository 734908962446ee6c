import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process runs work under the same lock file. A lock whose owner is gone is taken over.
 * `onWait` is called once if somebody else has it. Rejects after `timeoutMs`.
 */
export async function withLock(file, work, { onWait = () => {}, timeoutMs = 15 * 60_000, pollMs = 100 } = {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  const text = `${process.pid} ${startOf(process.pid) ?? '-'}\n`;
  writeFileSync(mine, text);
  const deadline = Date.now() + timeoutMs;
  let waited = false;
  try {
    while (!take(mine, file)) {
      if (Date.now() > deadline) throw new Error(`${file} stayed locked. Remove it if no other set-up is running.`);
      if (!waited) onWait();
      waited = true;
      removeIfAbandoned(file);
      await sleep(pollMs);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const release = () => {
    if (readText(file) === text) rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** A hard link is made with all its bytes or not at all, so nobody reads half a lock. */
function take(mine, file) {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves an abandoned lock away under a name of ours first: of two processes that see it, one succeeds. */
function removeIfAbandoned(file) {
  const seen = readText(file);
  if (seen === null || !isAbandoned(seen)) return;
  const aside = `${file}.abandoned-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  // In between, another process may have taken it over: give it back.
  if (readText(aside) !== seen) {
    try {
      linkSync(aside, file);
    } catch {
      // A third one has it now. Both go on; the stamps tell the next run if something went wrong.
    }
  }
  rmSync(aside, { force: true });
}

function isAbandoned(text) {
  const [pid, start] = text.trim().split(' ');
  const id = Number(pid);
  if (!Number.isSafeInteger(id) || id <= 0) return true;
  try {
    process.kill(id, 0);
  } catch (error) {
    return error.code === 'ESRCH';
  }
  const now = startOf(id);
  return now !== null && start !== '-' && now !== start;
}

/** When a process started, in the kernel's own count; null where that cannot be told. */
function startOf(pid) {
  const stat = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
