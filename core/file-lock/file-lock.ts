import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { describeError, errorCode } from '../host/errors';
import { type DescriptorLocks, descriptorLocks, type KernelLockKind, type KernelLockMode } from '../host/kernel-lock';
import { gitSyncLockPlace, type LockPlace, stateLockPlace, taskLockPlace } from './lock-paths';

/**
 * What is guaranteed, and what is not.
 *
 * While a handle holds its lock no other program that asks for a lock of the same kind on the same file is granted one,
 * nor any other handle, in this process, on another of its threads, or anywhere else on the machine. A handle that holds
 * its lock refuses itself. Nothing but `unlock`, `close` and the end of the process ends a lock, and a program that
 * this process starts does not inherit it.
 *
 * The file stays when the lock is given back: that it exists says nothing. Where somebody removed, renamed or replaced it
 * before the lock was granted, the lock is taken on the new file instead; whoever removes it *while* it is held parts later
 * takers from this one, and nothing can prevent that. Not guaranteed: fairness between those that wait, and anything
 * between a taker of `fcntl` and one of `flock`: the kernel grants both at once.
 *
 * Follows the seed's `TryLock`, `Lock` with a timeout, and cleanup on `Close`. Not for Windows, as there.
 */
export interface FileLock {
  /** Absolute. */
  readonly path: string;
  readonly kind: KernelLockKind;
  readonly mode: KernelLockMode;
  readonly isHeld: boolean;
  /** Tries once, without waiting. Never throws. */
  tryLock(): TryLockOutcome;
  /**
   * Tries until the lock is granted, `timeoutMs` (10 s where it is left out) are over, or `signal` aborts. It asks again
   * and again, every 50 ms and sooner at first, as the seed does, and so keeps no thread waiting. Never rejects.
   */
  lock(options?: WaitOptions): Promise<LockOutcome>;
  /** Gives the lock back; the handle can take it again. Does nothing where it is not held. Never throws. */
  unlock(): void;
  /** Gives the lock back and lets the file go, for ever. A `lock` that still waits ends as `aborted`. */
  close(): void;
}

export interface WaitOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Busy is a value, broken is an error. */
export type TryLockOutcome =
  | { readonly kind: 'locked' }
  /** Somebody holds it. */
  | { readonly kind: 'busy' }
  /** Its file cannot be opened or locked; a sentence. */
  | { readonly kind: 'broken'; readonly error: string };

export type LockOutcome =
  | Exclude<TryLockOutcome, { readonly kind: 'busy' }>
  /** Somebody held it all the time. */
  | { readonly kind: 'busy'; readonly waitedMs: number }
  | { readonly kind: 'aborted' };

export interface FileLockOptions {
  /** `fcntl` where it is left out, as in the seed; newer builds of the living program take `flock`. */
  readonly kind?: KernelLockKind | undefined;
  /** `exclusive` where it is left out. */
  readonly mode?: KernelLockMode | undefined;
}

export type FileLockOutcome =
  | { readonly kind: 'ready'; readonly lock: FileLock }
  /** There is no such lock; nothing was touched. The reason is a sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The lock of one task: `.todo2/locks/task_{id}.lock`. An id that would name another folder is refused. */
export function taskLock(projectRoot: string, id: string, options: FileLockOptions = {}): FileLockOutcome {
  const place = taskLockPlace(projectRoot, id);
  return typeof place === 'string' ? { kind: 'refused', reason: place } : fileLockAt(place, options);
}

/** The lock of the task state as a whole: `.todo2/state.todo2.json.lock`. */
export function stateLock(projectRoot: string, options: FileLockOptions = {}): FileLockOutcome {
  return fileLockAt(stateLockPlace(projectRoot), options);
}

/** The lock of everything that git writes in the project: `.todo2/.git-sync.lock`. */
export function gitSyncLock(projectRoot: string, options: FileLockOptions = {}): FileLockOutcome {
  return fileLockAt(gitSyncLockPlace(projectRoot), options);
}

function fileLockAt(place: LockPlace, { kind = 'fcntl', mode = 'exclusive' }: FileLockOptions): FileLockOutcome {
  const can = descriptorLocks();
  if (can.kind === 'cannot') return { kind: 'refused', reason: can.reason };
  return { kind: 'ready', lock: new HeldByDescriptor(place, kind, mode, can.locks) };
}

const TIMEOUT_MS = 10_000;
const FIRST_POLL_MS = 1;
const POLL_MS = 50;
/** A file that is replaced again and again while it is taken: somebody works against us. */
const REOPENED_AT_MOST = 20;

/**
 * Opens the file that stands there, or makes it; a link in its place is refused, and a FIFO keeps nobody waiting. Node
 * opens everything so that it is closed in programs that are started.
 */
const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const LOCKED: { readonly kind: 'locked' } = { kind: 'locked' };
const BUSY: { readonly kind: 'busy' } = { kind: 'busy' };

class HeldByDescriptor implements FileLock {
  readonly path: string;
  readonly kind: KernelLockKind;
  readonly mode: KernelLockMode;
  readonly #folders: readonly string[];
  readonly #locks: DescriptorLocks;
  /** Open from the first try on; null before that, and when it was let go. */
  #fd: number | null = null;
  /** Whether the file that is open stands at the path. */
  #isThere: () => boolean = () => false;
  #isHeld = false;
  readonly #closed = new AbortController();

  constructor({ path, folders }: LockPlace, kind: KernelLockKind, mode: KernelLockMode, locks: DescriptorLocks) {
    this.path = path;
    this.kind = kind;
    this.mode = mode;
    this.#folders = folders;
    this.#locks = locks;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  tryLock(): TryLockOutcome {
    if (this.#isHeld) return BUSY;
    if (this.#closed.signal.aborted) return broken('it was closed');
    try {
      for (let tries = 0; tries < REOPENED_AT_MOST; tries += 1) {
        const fd = this.#fd ?? this.#open();
        const tried = this.#locks.tryLock(fd, this.kind, this.mode);
        // Later takers open what stands there: where that is another file, or none, nobody would be kept out by this one.
        if (tried.kind !== 'broken' && !this.#isThere()) {
          this.#letGo();
          continue;
        }
        if (tried.kind !== 'locked') return tried.kind === 'busy' ? BUSY : broken(tried.error);
        this.#isHeld = true;
        return LOCKED;
      }
      return broken('somebody replaces its file again and again');
    } catch (error) {
      // It may have been granted before something failed.
      this.#letGo();
      return broken(describeError(error));
    }
  }

  async lock({ timeoutMs = TIMEOUT_MS, signal }: WaitOptions = {}): Promise<LockOutcome> {
    if (signal?.aborted === true) return { kind: 'aborted' };
    // Most locks are free: nothing has to be waited for then.
    let outcome = this.tryLock();
    if (outcome.kind !== 'busy') return outcome;
    const startedAt = performance.now();
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(POLL_MS, pollMs * 2)) {
      const waitedMs = performance.now() - startedAt;
      if (waitedMs >= timeoutMs) return { kind: 'busy', waitedMs };
      if (await isAborted(Math.min(pollMs, timeoutMs - waitedMs), [signal, this.#closed.signal])) {
        return { kind: 'aborted' };
      }
      outcome = this.tryLock();
      if (outcome.kind !== 'busy') return outcome;
    }
  }

  unlock(): void {
    if (!this.#isHeld || this.#fd === null) return;
    this.#isHeld = false;
    try {
      this.#locks.unlock(this.#fd, this.kind);
    } catch {
      // Closing it ends the lock in any case.
      this.#letGo();
    }
  }

  close(): void {
    this.#isHeld = false;
    this.#letGo();
    this.#closed.abort();
  }

  #open(): number {
    for (const folder of this.#folders) makeFolderNow(folder);
    const fd = openSync(this.path, OPEN, 0o644);
    try {
      if (!fstatSync(fd).isFile()) throw new Error('something else than a file stands in its place');
      this.#isThere = this.#locks.standsAt(fd, this.path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
    return fd;
  }

  #letGo(): void {
    if (this.#fd === null) return;
    const fd = this.#fd;
    this.#fd = null;
    try {
      closeSync(fd);
    } catch {
      // It is gone in any case.
    }
  }
}

function broken(why: string): { readonly kind: 'broken'; readonly error: string } {
  return { kind: 'broken', error: `The lock cannot be taken: ${why}.` };
}

/** Makes a folder where there is none; the one that it is in must be there. */
function makeFolderNow(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** Waits; true as soon as one of the signals aborts. */
function isAborted(ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', done);
      resolve(signals.some((signal) => signal?.aborted === true));
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal?.addEventListener('abort', done);
  });
}
