import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describeError, errorCode } from '../host/errors';
import type { Host } from '../host/host';
import { removeQuietly } from '../host/names';
import { formatLockContent, newMark, type OwnMark, ownLockTempName } from './lock-content';

export const LOCK_NAME = 'ledger.lock';
const POLL_MS = 10;
const TIMEOUT_MS = 5_000;
/** While it waits, a lock is written anew this often, in ms: its time says when it was taken, give or take this. */
const REWRITE_MS = 250;

/**
 * What is guaranteed, and what is not.
 *
 * The lock appears whole: it is written aside and linked into place, so nobody ever sees one of ours empty or half
 * written, and a crash of ours leaves a lock that proves whose it was. It is never taken over from anybody.
 * A crash leaves at most one lock of ours, under its name, under the name aside, or (in the moment between the two
 * steps) one file under both. Beside it there may be the temp file of the event that was to be written: both are
 * complete and on disk before the lock is taken, so that it is held for no longer than the publishing takes, and
 * nothing can be complete without a name. Each name tells the process whose it was.
 * Release removes the lock only while it is still the file that we made, byte for byte. Between that look and the
 * removal nothing can be excluded against a tool that removes live locks: the protocol has no such step.
 * Follows the "Ledger Write Lock" of the protocol document and the living program's poll and timeout.
 */
export interface WriteLock {
  readonly mark: OwnMark;
  /**
   * `not-ours`: somebody took our lock away while we held it; theirs, if there is one, was left alone.
   * `stuck`: it is still there, because the folder does not let us remove it.
   * Calling it again does nothing.
   */
  release(): ReleaseOutcome;
}

export type ReleaseOutcome = 'released' | 'not-ours' | 'stuck';

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
  let made: WrittenLock | null = null;
  try {
    for (;;) {
      const waitedMs = performance.now() - startedAt;
      if (made === null || waitedMs - made.atMs > REWRITE_MS) {
        if (made !== null) removeQuietly(aside);
        const content = formatLockContent(mark, host.clock.nowMs());
        made = { content, inode: writeNew(aside, content), atMs: waitedMs };
      }
      const step = tryLink(aside, path, made);
      if (step.kind === 'made') return { kind: 'acquired', lock: heldLock(path, made.content, step.inode, mark) };
      if (step.kind === 'broken') return step;
      if (waitedMs >= timeoutMs) return { kind: 'busy', waitedMs };
      if ((await pause(Math.min(POLL_MS, timeoutMs - waitedMs), signal)) === 'aborted') return { kind: 'aborted' };
    }
  } catch (error) {
    return { kind: 'broken', error: `the lock cannot be written: ${describeError(error)}` };
  } finally {
    removeQuietly(aside);
  }
}

/** A lock that lies ready under its name aside. */
interface WrittenLock {
  readonly content: string;
  readonly inode: bigint;
  /** When it was written, in ms since we began to wait. */
  readonly atMs: number;
}

type TryOutcome =
  | { readonly kind: 'made'; readonly inode: bigint }
  | { readonly kind: 'taken' }
  | { readonly kind: 'broken'; readonly error: string };

function tryLink(aside: string, path: string, made: WrittenLock): TryOutcome {
  try {
    linkSync(aside, path);
    return { kind: 'made', inode: made.inode };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return { kind: 'taken' };
    // A file system without links: the lock is then written in place, as the living program does it.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS')
      return tryInPlace(path, made.content);
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

/**
 * Creates a file that must not exist, with its content on disk; gives its inode. Leaves nothing behind when it fails.
 * Throws the system's error.
 */
export function writeNew(path: string, content: string, mode = 0o600): bigint {
  const fd = openSync(path, 'wx', mode);
  try {
    writeFileSync(fd, content);
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
  let outcome: ReleaseOutcome | null = null;
  return {
    mark,
    release: () => {
      outcome ??= removeIfOurs(path, inode, content);
      return outcome;
    },
  };
}

/** Ends a lock of ours: removes the file, if it is still the one that we made, byte for byte. Never throws. */
export function removeIfOurs(path: string, inode: bigint, content: string): ReleaseOutcome {
  if (!isOurs(path, inode, Buffer.from(content))) return 'not-ours';
  try {
    unlinkSync(path);
    return 'released';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'not-ours' : 'stuck';
  }
}

/** Whether what stands at `path` is the file that we made, byte for byte. Never throws, never blocks. */
export function isOurs(path: string, inode: bigint, content: Buffer): boolean {
  let fd: number;
  try {
    // What stands there now may be anything: a named pipe must not make us wait, nor a link lead us away.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    if (fstatSync(fd, { bigint: true }).ino !== inode) return false;
    const found = Buffer.alloc(content.length + 1);
    return readSync(fd, found, 0, found.length, 0) === content.length && found.subarray(0, -1).equals(content);
  } catch {
    return false;
  } finally {
    closeSync(fd);
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
