import { describeError, errorCode } from '../../host/errors';
import { type FileExchangeOutcome, fileExchange } from '../../host/exchange';
import { type FileLook, type FileSteps, isSameLook, type Place } from '../../host/file-steps';
import type { Host } from '../../host/host';
import { hasNoLinks } from '../../host/names';
import { fileSteps, fileStepsNow } from '../../host/quickest-steps';
import { assertNever } from '../../model';
import { LockAside } from './lock-aside';
import { formatLockContent, newMark, type OwnMark } from './lock-content';
import { type ReleaseOutcome, removeIfOurs, removeNow } from './own-file';

const POLL_MS = 10;
const TIMEOUT_MS = 5_000;
/** While it waits, a lock is written anew this often, in ms: its time says when it was taken, give or take this. */
const REWRITE_MS = 250;

/**
 * What is guaranteed, and what is not.
 *
 * The lock appears whole: it is written aside and linked into place, so nobody ever sees one of ours empty or half
 * written, and a crash of ours leaves a lock that proves whose it was. Where a file system has no links, it is moved
 * there in one step that replaces nothing, and has no second name; where it has neither, nothing is written. It is never taken over from anybody.
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
  /** How files are made and removed; the quickest way of this system where it is left out. */
  readonly steps?: FileSteps;
}

/** Takes the write lock of a ledger folder: a try every 10 ms until the timeout. Never rejects. */
export async function acquireWriteLock(ledgerFolder: string, options: AcquireOptions): Promise<AcquireOutcome> {
  const { host, signal, timeoutMs = TIMEOUT_MS } = options;
  const steps = options.steps ?? fileStepsNow() ?? (await fileSteps());
  if (signal?.aborted === true) return { kind: 'aborted' };
  let attempt: Attempt;
  try {
    attempt = new Attempt(ledgerFolder, host, steps);
  } catch (error) {
    return { kind: 'broken', error: `the lock cannot be written: ${describeError(error)}` };
  }
  // Most locks are free: nothing has to be waited for then.
  let outcome = attempt.go();
  if (outcome === 'no links') {
    // Every later try goes by a move.
    attempt.moves = await fileExchange();
    outcome = attempt.go();
  }
  const startedAt = performance.now();
  for (;;) {
    if (outcome === 'no links') return attempt.giveUp({ kind: 'broken', error: NO_STEP });
    if (outcome !== null) return outcome;
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= timeoutMs) return attempt.giveUp({ kind: 'busy', waitedMs });
    if ((await pause(Math.min(POLL_MS, timeoutMs - waitedMs), signal)) === 'aborted') {
      return attempt.giveUp({ kind: 'aborted' });
    }
    outcome = attempt.go();
  }
}

const NO_STEP = 'the lock cannot be put in place: this file system has neither links nor a move that replaces nothing';

/** One wish for the lock, with its file aside. Once it has an outcome, nothing of it is left but a lock that it got. */
class Attempt {
  readonly #host: Host;
  readonly #steps: FileSteps;
  readonly #mark: OwnMark;
  readonly #aside: LockAside;
  #made: WrittenLock | null = null;
  /** How else a file gets its place, where the file system has no links; null as long as it has. */
  moves: FileExchangeOutcome | null = null;

  constructor(ledgerFolder: string, host: Host, steps: FileSteps) {
    this.#host = host;
    this.#steps = steps;
    this.#mark = newMark(host.processes.self());
    this.#aside = new LockAside(ledgerFolder, this.#mark.process, steps);
  }

  /** Tries once. Null while somebody else holds it; `no links` where it must be tried by `moves`. Never throws. */
  go(): AcquireOutcome | 'no links' | null {
    try {
      const made = this.#write();
      const step = this.moves === null ? this.#tryLink(made.look) : tryMove(this.moves, this.#aside);
      switch (step.kind) {
        case 'linked':
          return this.#got(made, true);
        case 'moved':
          // Nothing of it is left under the name aside.
          return this.giveUp(this.#got(made, false));
        case 'taken':
          return null;
        case 'no links':
          return 'no links';
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
    this.#aside.end();
    return outcome;
  }

  #got(made: MadeLock, hasAside: boolean): AcquireOutcome {
    const aside = hasAside ? this.#aside : null;
    return { kind: 'acquired', lock: new HeldLock(this.#mark, this.#aside.lock, aside, made, this.#steps) };
  }

  #stands(made: FileLook): boolean {
    try {
      return isSameLook(this.#steps.lookAt(this.#aside.lock), made);
    } catch {
      return false;
    }
  }

  #write(): WrittenLock {
    const nowMs = performance.now();
    if (this.#made !== null) {
      if (nowMs - this.#made.atMs <= REWRITE_MS) return this.#made;
      this.#aside.removeQuietly();
    }
    const content = formatLockContent(this.#mark, this.#host.clock.nowMs());
    this.#made = { content, look: this.#aside.write(content), atMs: nowMs };
    return this.#made;
  }

  #tryLink(made: FileLook): TryOutcome {
    try {
      this.#steps.link(this.#aside.place, this.#aside.lock);
      return LINKED;
    } catch (error) {
      // A network may lose the answer to a step that was done: then ours stands there.
      if (errorCode(error) === 'EEXIST') return this.#stands(made) ? LINKED : TAKEN;
      if (hasNoLinks(error)) return NO_LINKS;
      return { kind: 'broken', error: `the lock cannot be put in place: ${describeError(error)}` };
    }
  }
}

/** A lock as it was when it was made. */
interface MadeLock {
  readonly content: string;
  readonly look: FileLook;
}

/** A lock that lies ready under its name aside. */
interface WrittenLock extends MadeLock {
  /** When it was written, by the clock of this process. */
  readonly atMs: number;
}

type TryOutcome =
  | { readonly kind: 'linked' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'taken' }
  /** This file system has none. */
  | { readonly kind: 'no links' }
  | { readonly kind: 'broken'; readonly error: string };

const LINKED: TryOutcome = { kind: 'linked' };
const TAKEN: TryOutcome = { kind: 'taken' };
const NO_LINKS: TryOutcome = { kind: 'no links' };

function tryMove(moves: FileExchangeOutcome, { place, lock }: LockAside): TryOutcome {
  if (moves.kind === 'cannot') return NO_LINKS;
  const moved = moves.files.moveNew(place.path, lock.path);
  switch (moved.kind) {
    case 'done':
      return { kind: 'moved' };
    case 'taken':
      return TAKEN;
    case 'cannot':
      return NO_LINKS;
    case 'gone':
      return { kind: 'broken', error: 'the lock cannot be put in place: somebody removed it before it was there' };
    case 'broken':
      return { kind: 'broken', error: `the lock cannot be put in place: ${moved.error}` };
    default:
      return assertNever(moved);
  }
}

class HeldLock implements WriteLock {
  readonly mark: OwnMark;
  readonly #place: Place;
  /** Null when nothing is left of it. */
  readonly #aside: LockAside | null;
  readonly #made: MadeLock;
  readonly #steps: FileSteps;
  #outcome: ReleaseOutcome | null = null;

  constructor(mark: OwnMark, place: Place, aside: LockAside | null, made: MadeLock, steps: FileSteps) {
    this.mark = mark;
    this.#place = place;
    this.#aside = aside;
    this.#made = made;
    this.#steps = steps;
  }

  release(): ReleaseOutcome {
    if (this.#outcome !== null) return this.#outcome;
    const { look, content } = this.#made;
    this.#outcome = this.#isUnchanged(look)
      ? removeNow(this.#place, this.#steps)
      : removeIfOurs(this.#place.path, look.inode, content);
    // The name that tells whose it is goes last.
    this.#aside?.end();
    return this.#outcome;
  }

  /** Whether the file that we made stands there, and nobody wrote into it. Never throws. */
  #isUnchanged(made: FileLook): boolean {
    try {
      return isSameLook(this.#steps.lookAt(this.#place), made);
    } catch {
      return false;
    }
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
