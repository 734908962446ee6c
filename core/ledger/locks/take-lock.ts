import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../../host/errors';
import { type FileExchange, fileExchange } from '../../host/exchange';
import { removeQuietly, syncFolder, syncQuietly } from '../../host/names';
import { quoteHostile } from '../../model';
import { isSameLock, isUntouched, type LockPrint, printOf } from './lock-print';
import { isOurs, type ReleaseOutcome, removeIfOurs, writeNew } from './own-file';
import {
  formatKept,
  type Kept,
  type KeptFile,
  keptName,
  keptRecordName,
  makeQuarantine,
  QUARANTINE,
} from './quarantine';

/**
 * Taking away a lock whose owner may be alive.
 *
 * The lock's name is never free meanwhile: a lock of ours is made in the quarantine and swapped with it in one step.
 * So what comes out lies in the quarantine from that step on, whatever happens next. It is compared with what was
 * seen; on any difference the two are swapped back. Otherwise the caller looks once more, and then ours is released
 * as any lock of ours.
 *
 * Takings of one folder wait for each other (flock, which ends with its process): a second one finds the first one's
 * work done, instead of a lock of ours to swap. A crash leaves at most: our own lock, in quarantine or in place,
 * which names our process and is proven dead; and what was taken, whole, beside what was written down about it.
 *
 * What it cannot exclude: a lock that changes hands between the last look and the swap, some microseconds, is not in
 * its place until it is swapped back; and a holder that was stopped does not look at its lock again when it wakes up.
 */
export interface TakeOrder {
  /** The folder that the lock stands in; absolute. */
  readonly folder: string;
  /** Everything that is written down, but for what is found out on the way. */
  readonly kept: Omit<Kept, 'files'>;
  /** The lock's name. */
  readonly original: string;
  /** The lock of ours that takes its place: its bytes and its mode. */
  readonly ours: { readonly content: string; readonly mode: number };
  /** Whether what stands there is still what was seen, and may be taken. Called with the lock in its place. */
  readonly check: () => TakeRefusal | null;
  /** Called while ours is in its place; a sentence that says why gives up and puts everything back. */
  readonly lookUnderIt: () => string | null;
}

export type TakeRefusal =
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export type TakeOutcome =
  /** It is in quarantine, and on disk. */
  | { readonly kind: 'taken'; readonly release: ReleaseOutcome }
  | TakeRefusal
  /** The system has no step that swaps; nothing was changed. */
  | { readonly kind: 'cannot'; readonly reason: string }
  /** `error` says in sentences what was and was not changed. */
  | { readonly kind: 'failed'; readonly error: string };

/** Takes a lock into quarantine. Never rejects. `signal` ends a wait for another taking. */
export async function takeLock(order: TakeOrder, signal: AbortSignal): Promise<TakeOutcome> {
  const loaded = await fileExchange();
  if (loaded.kind === 'cannot') return loaded;
  const outcome = await inTurn(order.folder, loaded.files, signal, (quarantine) =>
    new Taking(order, loaded.files, quarantine).run(),
  );
  return outcome;
}

const TURN_NAME = 'taking';
const TURN_POLL_MS = 10;
const TURN_TIMEOUT_MS = 5_000;

/** Runs `task` while no other taking or putting back of this folder runs. `task` must not wait for anything. */
export async function inTurn<T>(
  folder: string,
  files: FileExchange,
  signal: AbortSignal,
  task: (quarantine: string) => T,
): Promise<T | Extract<TakeOutcome, { kind: 'refused' | 'failed' }>> {
  let fd: number | null = null;
  try {
    const quarantine = makeQuarantine(folder);
    fd = openSync(
      join(quarantine, TURN_NAME),
      constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      0o600,
    );
    for (const startedAt = performance.now(); ; ) {
      const step = files.tryLock(fd);
      if (step.kind === 'locked') return task(quarantine);
      if (step.kind === 'broken') {
        return { kind: 'failed', error: `Nothing was changed: ${QUARANTINE} cannot be locked, ${step.error}.` };
      }
      if (signal.aborted) return { kind: 'refused', reasons: ['It was cancelled while another one was at work here.'] };
      if (performance.now() - startedAt > TURN_TIMEOUT_MS) {
        return { kind: 'refused', reasons: ['Another Lockscope is at work on the locks of this folder. Try again.'] };
      }
      await new Promise((resolve) => setTimeout(resolve, TURN_POLL_MS));
    }
  } catch (error) {
    return { kind: 'failed', error: `Nothing was changed: ${QUARANTINE} cannot be used, ${describeError(error)}.` };
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

class Taking {
  readonly #order: TakeOrder;
  readonly #files: FileExchange;
  readonly #quarantine: string;
  /** Where the lock stands, and where it goes. */
  readonly #path: string;
  readonly #kept: string;
  readonly #record: string;
  #inode = 0;

  constructor(order: TakeOrder, files: FileExchange, quarantine: string) {
    this.#order = order;
    this.#files = files;
    this.#quarantine = quarantine;
    const { original, kept } = order;
    const { id } = kept;
    this.#path = join(order.folder, original);
    this.#kept = join(quarantine, keptName(id, original));
    this.#record = join(quarantine, keptRecordName(id));
  }

  run(): TakeOutcome {
    try {
      this.#inode = writeNew(this.#kept, this.#order.ours.content, this.#order.ours.mode).ino;
    } catch (error) {
      return {
        kind: 'failed',
        error: `Nothing was changed: ${QUARANTINE} cannot be written to, ${describeError(error)}.`,
      };
    }
    let outcome: TakeOutcome;
    try {
      outcome = this.#swap();
    } catch (error) {
      // Only what comes before the swap can get here.
      this.#forget();
      return { kind: 'failed', error: `Nothing was changed: ${describeError(error)}.` };
    }
    return outcome;
  }

  #swap(): TakeOutcome {
    const seen = printOf(this.#path);
    if (seen === null) return this.#giveUp(this.#gone());
    writeNew(this.#record, formatKept({ ...this.#order.kept, files: [this.#fileOf(seen)] }));
    syncFolder(this.#quarantine);
    const refusal = this.#order.check();
    if (refusal !== null) return this.#giveUp(refusal);
    const last = printOf(this.#path);
    if (last === null) return this.#giveUp(this.#gone());
    if (!isUntouched(seen, last)) return this.#giveUp(this.#changed());
    const swapped = this.#files.exchange(this.#kept, this.#path);
    switch (swapped.kind) {
      case 'gone':
        return this.#giveUp(this.#gone());
      case 'cannot':
        return this.#giveUp(swapped);
      case 'broken':
        return this.#giveUp({ kind: 'failed', error: `Nothing was changed: ${swapped.error}.` });
      case 'done':
        break;
    }
    const out = printOf(this.#kept);
    if (out === null || !isSameLock(last, out)) return this.#swapBack(this.#changedWords());
    const reason = lookSafely(this.#order.lookUnderIt);
    if (reason !== null) return this.#swapBack(reason);
    syncQuietly(this.#order.folder, this.#quarantine);
    const release = removeIfOurs(this.#path, this.#inode, this.#order.ours.content);
    syncQuietly(this.#order.folder);
    return { kind: 'taken', release };
  }

  #fileOf(print: LockPrint): KeptFile {
    const { original, kept } = this.#order;
    return { original, name: keptName(kept.id, original), print };
  }

  /** Puts back what came out. Where somebody changed things meanwhile, nothing more is moved than has to be. */
  #swapBack(why: string): TakeOutcome {
    const ours = Buffer.from(this.#order.ours.content);
    if (isOurs(this.#path, this.#inode, ours)) {
      const back = this.#files.exchange(this.#kept, this.#path);
      if (back.kind === 'done') {
        if (isOurs(this.#kept, this.#inode, ours)) return this.#giveUp(nothingTaken(why));
        // Between that look and the swap a stranger's lock took the place of ours: it gets its place again.
        this.#files.exchange(this.#kept, this.#path);
        return this.#disturbed();
      }
      if (back.kind !== 'gone') {
        return {
          kind: 'failed',
          error: `${why} What came out could not be put back, and lies at ${this.#shownKept()}; a lock of Lockscope is in its place, so that nobody writes.`,
        };
      }
    }
    // Ours was removed by somebody. If nobody took the lock since, theirs goes back where it was.
    if (this.#files.moveNew(this.#kept, this.#path).kind !== 'done') return this.#disturbed();
    syncQuietly(this.#order.folder, this.#quarantine);
    removeQuietly(this.#record);
    syncQuietly(this.#quarantine);
    return {
      kind: 'conflict',
      message: `${why} It is back in its place. Another tool removed the lock of Lockscope meanwhile: for a moment nobody held this lock.`,
    };
  }

  #disturbed(): TakeOutcome {
    return {
      kind: 'failed',
      error: `The lock changed hands while it was being taken, and another tool removed the lock of Lockscope in between. The lock that stands there now is the newest one and was left alone; the one before it lies at ${this.#shownKept()}. Both may have a holder that believes to hold it: look at what they write.`,
    };
  }

  #shownKept(): string {
    return quoteHostile(join(QUARANTINE, keptName(this.#order.kept.id, this.#order.original)), 200);
  }

  /** Nothing was taken: nothing of ours stays. */
  #giveUp<T>(outcome: T): T {
    this.#forget();
    return outcome;
  }

  #forget(): void {
    removeIfOurs(this.#kept, this.#inode, this.#order.ours.content);
    removeQuietly(this.#record);
  }

  #gone(): Extract<TakeRefusal, { kind: 'conflict' }> {
    return nothingTaken(`${this.#shownOriginal()} is not there any more.`);
  }

  #changed(): Extract<TakeRefusal, { kind: 'conflict' }> {
    return nothingTaken(this.#changedWords());
  }

  #changedWords(): string {
    return `${this.#shownOriginal()} is not the lock that you saw any more.`;
  }

  #shownOriginal(): string {
    return quoteHostile(this.#order.original, 120);
  }
}

function nothingTaken(why: string): Extract<TakeRefusal, { kind: 'conflict' }> {
  return { kind: 'conflict', message: `${why} Nothing was taken away.` };
}

function lookSafely(look: () => string | null): string | null {
  try {
    return look();
  } catch (error) {
    return `The ledger could not be looked at again: ${describeError(error)}.`;
  }
}
