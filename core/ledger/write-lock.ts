import { closeSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, errorCode } from '../host/errors';
import type { Host } from '../host/host';
import { formatLockContent, newMark, type OwnMark, ownLockTempName } from './lock-content';

export const LOCK_NAME = 'ledger.lock';
const POLL_MS = 10;
const TIMEOUT_MS = 5_000;

/**
 * What is guaranteed, and what is not.
 *
 * The lock appears whole: it is written aside and linked into place, so nobody ever sees one of ours empty or half
 * written, and a crash of ours leaves a lock that proves whose it was. It is never taken over from anybody.
 * Release removes the lock only while it is still the file that we made, byte for byte. Between that look and the
 * removal nothing can be excluded against a tool that removes live locks: the protocol has no such step.
 * Follows the "Ledger Write Lock" of the protocol document and the living program's poll and timeout.
 */
export interface WriteLock {
  readonly mark: OwnMark;
  /**
   * `not-ours`: somebody took our lock away while we held it; theirs, if there is one, was left alone.
   * Calling it again does nothing.
   */
  release(): 'released' | 'not-ours';
}

export type AcquireOutcome =
  | { readonly kind: 'acquired'; readonly lock: WriteLock }
  /** Somebody else held it all the time. */
  | { readonly kind: 'busy'; readonly waitedMs: number }
  | { readonly kind: 'aborted' }
  /** The folder does not let us, now or ever. */
  | { readonly kind: 'broken'; readonly error: string };

export interface AcquireOptions {
  readonly host: Host;
  readonly signal?: AbortSignal;
  /** In ms; 5 s where it is left out, as in the living program. */
  readonly timeoutMs?: number;
}

/** Takes the write lock of a ledger folder: a try every 10 ms until the timeout. Never rejects. */
export async function acquireWriteLock(ledgerFolder: string, options: AcquireOptions): Promise<AcquireOutcome> {
  const { host, signal } = options;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const startedAt = performance.now();
  if (signal?.aborted === true) return { kind: 'aborted' };
  const mark = newMark(host.processes.self());
  const path = join(ledgerFolder, LOCK_NAME);
  const aside = join(ledgerFolder, ownLockTempName(mark));
  const content = formatLockContent(mark, host.clock.nowMs());
  let inode: bigint;
  try {
    inode = writeNew(aside, content);
  } catch (error) {
    return { kind: 'broken', error: `the lock cannot be written: ${describeError(error)}` };
  }
  try {
    for (;;) {
      const step = tryLink(aside, path, content, inode);
      if (step.kind === 'made') return { kind: 'acquired', lock: heldLock(path, content, step.inode, mark) };
      if (step.kind === 'broken') return step;
      const waitedMs = performance.now() - startedAt;
      if (waitedMs >= timeoutMs) return { kind: 'busy', waitedMs };
      if ((await pause(Math.min(POLL_MS, timeoutMs - waitedMs), signal)) === 'aborted') return { kind: 'aborted' };
    }
  } finally {
    removeQuietly(aside);
  }
}

type TryOutcome =
  | { readonly kind: 'made'; readonly inode: bigint }
  | { readonly kind: 'taken' }
  | { readonly kind: 'broken'; readonly error: string };

function tryLink(aside: string, path: string, content: string, inode: bigint): TryOutcome {
  try {
    linkSync(aside, path);
    return { kind: 'made', inode };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return { kind: 'taken' };
    // A file system without links: the lock is then written in place, as the living program does it.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS')
      return tryInPlace(path, content);
    return { kind: 'broken', error: `the lock cannot be put in place: ${describeError(error)}` };
  }
}

function tryInPlace(path: string, content: string): TryOutcome {
  try {
    return { kind: 'made', inode: writeNew(path, content) };
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return { kind: 'taken' };
    return { kind: 'broken', error: `the lock cannot be written: ${describeError(error)}` };
  }
}

/** Creates a file that must not exist, 0600, with its content on disk; gives its inode. Leaves nothing behind when it fails. */
function writeNew(path: string, content: string): bigint {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeSync(fd, content);
    fsyncSync(fd);
    return fstatSync(fd, { bigint: true }).ino;
  } catch (error) {
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function heldLock(path: string, content: string, inode: bigint, mark: OwnMark): WriteLock {
  let outcome: 'released' | 'not-ours' | null = null;
  return {
    mark,
    release: () => {
      outcome ??= removeIfOurs(path, inode, content);
      return outcome;
    },
  };
}

function removeIfOurs(path: string, inode: bigint, content: string): 'released' | 'not-ours' {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return 'not-ours';
  }
  try {
    if (fstatSync(fd, { bigint: true }).ino !== inode || readFileSync(fd, 'utf8') !== content) return 'not-ours';
    unlinkSync(path);
    return 'released';
  } catch {
    return 'not-ours';
  } finally {
    closeSync(fd);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is reported as a left temp file by every reader; nothing depends on it.
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<'waited' | 'aborted'> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve(signal?.aborted === true ? 'aborted' : 'waited');
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
