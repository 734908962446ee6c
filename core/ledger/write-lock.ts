import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { sep } from 'node:path';
import { describeError, errorCode } from '../host/errors';
import type { Host } from '../host/host';
import { removeQuietly } from '../host/names';
import { assertNever } from '../model';
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
 *
 * Its bytes are not synced to disk: what a process wrote outlives it without that. A machine that loses its power may
 * bring the lock back empty, though, because the sync of the folder that publishes an event brings names to disk and
 * not bytes. Therefore the name aside stays as long as the lock is held. It is a second name of the same file, is made
 * before the other, and tells whose it is; so wherever names reach the disk in their order, an empty lock of ours
 * stands beside the name that proves it (`ownerAside`). Only the event has to be on disk.
 *
 * A crash leaves at most one lock of ours, under the name aside or under both. Beside it there may be the temp file of
 * the event that was to be written: that one is complete and on disk before the lock is taken, so that it is held for
 * no longer than the publishing takes, and nothing can be complete without a name.
 * Release removes the lock only while it is still the file that we made, with the bytes that we wrote. Between that
 * look and the removal nothing can be excluded against a tool that removes live locks: the protocol has no such step.
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
  const { host, signal, timeoutMs = TIMEOUT_MS } = options;
  if (signal?.aborted === true) return { kind: 'aborted' };
  const attempt = new Attempt(ledgerFolder, host);
  // Most locks are free: nothing has to be waited for then.
  const first = attempt.go();
  if (first !== null) return first;
  const startedAt = performance.now();
  for (;;) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= timeoutMs) return attempt.giveUp({ kind: 'busy', waitedMs });
    if ((await pause(Math.min(POLL_MS, timeoutMs - waitedMs), signal)) === 'aborted') {
      return attempt.giveUp({ kind: 'aborted' });
    }
    const outcome = attempt.go();
    if (outcome !== null) return outcome;
  }
}

/** One wish for the lock, with its file aside. Once it has an outcome, nothing of it is left but a lock that it got. */
class Attempt {
  readonly #host: Host;
  readonly #mark: OwnMark;
  readonly #path: string;
  readonly #turn = takeTurn();
  readonly #aside: string;
  #made: WrittenLock | null = null;

  constructor(ledgerFolder: string, host: Host) {
    this.#host = host;
    this.#mark = newMark(host.processes.self());
    this.#path = ledgerFolder + sep + LOCK_NAME;
    this.#aside = ledgerFolder + sep + ownLockTempName(this.#mark.process, this.#turn);
  }

  /** Tries once. Null while somebody else holds it. Never throws. */
  go(): AcquireOutcome | null {
    try {
      const made = this.#write();
      const step = tryLink(this.#aside, this.#path, made.content);
      switch (step.kind) {
        case 'linked':
          return this.#got(made, () => {
            removeAside(this.#aside, this.#turn);
          });
        case 'in place':
          return this.giveUp(this.#got({ content: made.content, stat: step.stat }, () => undefined));
        case 'taken':
          return null;
        case 'broken':
          return this.giveUp(step);
        default:
          return assertNever(step);
      }
    } catch (error) {
      return this.giveUp({ kind: 'broken', error: `the lock cannot be written: ${describeError(error)}` });
    }
  }

  giveUp<T>(outcome: T): T {
    removeAside(this.#aside, this.#turn);
    return outcome;
  }

  #got(made: Pick<WrittenLock, 'content' | 'stat'>, tidy: () => void): AcquireOutcome {
    return { kind: 'acquired', lock: new HeldLock(this.#mark, this.#path, made, tidy) };
  }

  #write(): WrittenLock {
    const nowMs = performance.now();
    if (this.#made !== null) {
      if (nowMs - this.#made.atMs <= REWRITE_MS) return this.#made;
      removeQuietly(this.#aside);
    }
    const content = formatLockContent(this.#mark, this.#host.clock.nowMs());
    this.#made = { content, stat: writeAside(this.#aside, content), atMs: nowMs };
    return this.#made;
  }
}

/** Turns of names aside that are free again. A name that the system knew before costs it less than a new one. */
const freeTurns: number[] = [];
let turns = 0;

function takeTurn(): number {
  const free = freeTurns.pop();
  if (free !== undefined) return free;
  turns += 1;
  return turns;
}

/** Removes a lock's name aside. One that cannot be removed is not used again. */
function removeAside(path: string, turn: number): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return;
  }
  freeTurns.push(turn);
}

/** A lock that lies ready under its name aside. */
interface WrittenLock {
  readonly content: string;
  readonly stat: Stats;
  /** When it was written, by the clock of this process. */
  readonly atMs: number;
}

type TryOutcome =
  | { readonly kind: 'linked' }
  /** This file system has no links: it was written as the living program does it. */
  | { readonly kind: 'in place'; readonly stat: Stats }
  | { readonly kind: 'taken' }
  | { readonly kind: 'broken'; readonly error: string };

const LINKED: TryOutcome = { kind: 'linked' };
const TAKEN: TryOutcome = { kind: 'taken' };

function tryLink(aside: string, path: string, content: string): TryOutcome {
  try {
    linkSync(aside, path);
    return LINKED;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return TAKEN;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS')
      return tryInPlace(path, content);
    return { kind: 'broken', error: `the lock cannot be put in place: ${describeError(error)}` };
  }
}

function tryInPlace(path: string, content: string): TryOutcome {
  try {
    return { kind: 'in place', stat: writeNew(path, content) };
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return TAKEN;
    return { kind: 'broken', error: `the lock cannot be written: ${describeError(error)}` };
  }
}

/** Creates a file that must not exist; its bytes may not be on disk yet. Throws the system's error, and leaves nothing then. */
function writeAside(path: string, content: string): Stats {
  try {
    writeFileSync(path, content, ASIDE);
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') removeQuietly(path);
    throw error;
  }
}

const ASIDE = { flag: 'wx', mode: 0o600 } as const;

/** Creates a file that must not exist, with its bytes on disk. Throws the system's error, and leaves nothing then. */
export function writeNew(path: string, content: string, mode = 0o600): Stats {
  const fd = openSync(path, 'wx', mode);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
    return fstatSync(fd);
  } catch (error) {
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

class HeldLock implements WriteLock {
  readonly mark: OwnMark;
  readonly #path: string;
  readonly #made: Pick<WrittenLock, 'content' | 'stat'>;
  readonly #tidy: () => void;
  #outcome: ReleaseOutcome | null = null;

  constructor(mark: OwnMark, path: string, made: Pick<WrittenLock, 'content' | 'stat'>, tidy: () => void) {
    this.mark = mark;
    this.#path = path;
    this.#made = made;
    this.#tidy = tidy;
  }

  release(): ReleaseOutcome {
    if (this.#outcome !== null) return this.#outcome;
    const { stat, content } = this.#made;
    this.#outcome = isUnchanged(this.#path, stat) ? remove(this.#path) : removeIfOurs(this.#path, stat.ino, content);
    // The name that tells whose it is goes last.
    this.#tidy();
    return this.#outcome;
  }
}

/** Whether the file that we made stands there, and nobody wrote into it. Never throws. */
function isUnchanged(path: string, made: Stats): boolean {
  try {
    const now = lstatSync(path);
    return now.ino === made.ino && now.size === made.size && now.mtimeMs === made.mtimeMs && now.dev === made.dev;
  } catch {
    return false;
  }
}

/** Ends a lock of ours: removes the file, if it is still the one that we made, byte for byte. Never throws. */
export function removeIfOurs(path: string, inode: number, content: string): ReleaseOutcome {
  return isOurs(path, inode, Buffer.from(content)) ? remove(path) : 'not-ours';
}

function remove(path: string): ReleaseOutcome {
  try {
    unlinkSync(path);
    return 'released';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'not-ours' : 'stuck';
  }
}

/** Whether what stands at `path` is the file that we made, byte for byte. Never throws, never blocks. */
export function isOurs(path: string, inode: number, content: Buffer): boolean {
  let fd: number;
  try {
    // What stands there now may be anything: a named pipe must not make us wait, nor a link lead us away.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    if (fstatSync(fd).ino !== inode) return false;
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
