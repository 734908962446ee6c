import { Worker } from 'node:worker_threads';
import { eventName } from '../events/event-names';
import { PRINT_FIELDS } from '../events/event-prints';
import type { Fingerprint } from '../events/read-event';
import type { Dialect } from '../replay/replay';
import { isLongLedger } from './event-stream';
import type { ToReadingThread } from './reading-thread';

/** So many files are looked at in one go, about a ms. */
const PART = 1_024;
/** The places of `state`: the next part; how many are at work; whether a file was found to be another. */
const NEXT = 0;
const AT_WORK = 1;
const DIFFERS = 2;

/** The prints of a ledger's events, to be compared with its files by several threads. Each part is taken by one of them. */
export interface SharedCheck {
  readonly folder: string;
  readonly naming: Dialect;
  /** Also by the time of the last change of any kind: publishing an event changes that once more. */
  readonly isExact: boolean;
  readonly prints: Float64Array<SharedArrayBuffer>;
  readonly state: Int32Array<SharedArrayBuffer>;
}

export function newSharedCheck(folder: string, naming: Dialect, prints: Float64Array, isExact: boolean): SharedCheck {
  const shared = new Float64Array(new SharedArrayBuffer(prints.byteLength));
  shared.set(prints);
  return { folder, naming, isExact, prints: shared, state: new Int32Array(new SharedArrayBuffer(3 * 4)) };
}

/** Takes the next part and compares it. `look` gives the print of what stands under a name. False when nothing is left to do. */
export function checkPart(
  { prints, state, naming, isExact }: SharedCheck,
  look: (name: string) => Fingerprint | null,
): boolean {
  Atomics.add(state, AT_WORK, 1);
  try {
    const from = Atomics.add(state, NEXT, 1) * PART;
    const count = prints.length / PRINT_FIELDS;
    if (from >= count || Atomics.load(state, DIFFERS) === 1) return false;
    for (let index = from; index < Math.min(from + PART, count); index += 1) {
      const print = look(eventName(index + 1, naming));
      if (print === null || !isAt(prints, index, print, isExact)) {
        Atomics.store(state, DIFFERS, 1);
        return false;
      }
    }
    return true;
  } catch (error) {
    // What was not looked at to its end is not known to be the same.
    Atomics.store(state, DIFFERS, 1);
    throw error;
  } finally {
    Atomics.sub(state, AT_WORK, 1);
  }
}

function isAt(
  prints: Float64Array,
  index: number,
  { inode, size, modifiedMs, changedMs }: Fingerprint,
  isExact: boolean,
): boolean {
  const at = index * PRINT_FIELDS;
  return (
    prints[at] === inode &&
    prints[at + 1] === size &&
    prints[at + 2] === modifiedMs &&
    (!isExact || prints[at + 3] === changedMs)
  );
}

/** How it ended, once nobody takes a part any more; null while one is still at work. */
export function outcomeOf({ state }: SharedCheck): boolean | null {
  if (Atomics.load(state, AT_WORK) > 0) return null;
  return Atomics.load(state, DIFFERS) === 0;
}

/** One for a ledger that is worth it, where there is a program for it (absolute path of `reading-thread`, as it is bundled). */
export function startCheckingThread(program: string | undefined, folder: string): CheckingThread | null {
  return program !== undefined && isLongLedger(folder) ? new CheckingThread(program) : null;
}

/** A thread that takes parts of a check beside the one that asks. Where it cannot be started, the other does all. */
export class CheckingThread {
  #worker: Worker | null = null;
  /** It may have died at work: what it took is not known to be checked. */
  isLost = false;

  /** `program`: absolute path of `reading-thread`, as it is bundled. Started at once. */
  constructor(program: string) {
    const lose = (): void => {
      this.isLost = true;
    };
    try {
      this.#worker = new Worker(program, { execArgv: [] });
      for (const end of ['error', 'messageerror', 'exit'] as const) this.#worker.on(end, lose);
    } catch {
      // Then there is none.
    }
  }

  check(check: SharedCheck): void {
    this.#worker?.postMessage({ kind: 'check', check } satisfies ToReadingThread);
  }

  close(): void {
    const worker = this.#worker;
    this.#worker = null;
    worker?.postMessage({ kind: 'end' } satisfies ToReadingThread);
    worker?.unref();
  }
}
