import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { nativeFiles } from '../../host/native-files';
import { livingName, seedName } from '../events/event-names';
import { BatchReader, type BatchRoom, type EventBatch, type EventRange, newBatchRoom } from './event-batch';
import type { TakenCount } from './pieces';
import type { FromReadingThread, ToReadingThread } from './reading-thread';

/** So many batches are on their way at a time: their rooms are all the memory that it takes. */
const ROOMS = 4;
/** From so many events on it is worth to have a thread read them. */
const VERY_MANY_EVENTS = 4_000;

/** The events of a range, in their order, as far as they can be read without a second look. Not for concurrent use. */
export interface EventStream {
  /** The next batch, never an empty one; it is good until the next one is asked for. Null when nothing more comes. */
  next(): Promise<EventBatch | null>;
  close(): void;
}

/**
 * A thread that reads pieces of a range while the one that asks does something else. It is started at once, and told
 * later what to read; where it cannot be started, or dies, it is at its end early and what it had taken never comes.
 */
export class ReadingThread {
  #worker: Worker | null = null;
  readonly #ready = new Map<number, EventBatch>();
  #isAtEnd = false;
  #wake: (() => void) | null = null;
  readonly #signal: AbortSignal;
  readonly #end = () => {
    this.#isAtEnd = true;
    this.#wake?.();
  };

  /** `program`: absolute path of `reading-thread`, as it is bundled. */
  constructor(program: string, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#end, { once: true });
    try {
      const worker = new Worker(program, { execArgv: [] });
      this.#worker = worker;
      worker.on('message', ({ batch, isAtEnd }: FromReadingThread) => {
        if (batch.count > 0) this.#ready.set(batch.first, batch);
        if (isAtEnd) this.#end();
        else this.#wake?.();
      });
      worker.on('error', this.#end);
      worker.on('messageerror', this.#end);
      worker.on('exit', this.#end);
    } catch {
      this.#isAtEnd = true;
    }
  }

  /** Nothing comes any more but what can be had at once. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  read(range: EventRange, taken: TakenCount): void {
    this.#post({ kind: 'read', range, taken });
    for (let i = 0; i < ROOMS; i += 1) this.giveBack(newBatchRoom());
  }

  /** The batch that begins with an event, if it is there. Its room is to be given back. Throws when the reading was aborted. */
  take(first: number): EventBatch | null {
    this.#signal.throwIfAborted();
    const batch = this.#ready.get(first) ?? null;
    this.#ready.delete(first);
    return batch;
  }

  /** Resolves when another batch is there, or at the end. */
  async another(): Promise<void> {
    if (this.#isAtEnd) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  giveBack(room: BatchRoom): void {
    if (this.#isAtEnd) return;
    this.#post({ kind: 'fill', room }, [room.bytes.buffer, room.ends.buffer, room.prints.buffer]);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#end);
    this.#isAtEnd = true;
    const worker = this.#worker;
    this.#worker = null;
    // Nobody waits for it: it may be waiting for a file system that does not answer.
    worker?.postMessage({ kind: 'end' } satisfies ToReadingThread);
    worker?.unref();
  }

  #post(message: ToReadingThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }
}

/** A thread for a ledger that is worth it, where there is a program for it. */
export function startReadingThread(
  program: string | undefined,
  folder: string,
  signal: AbortSignal,
): ReadingThread | null {
  return program !== undefined && isLongLedger(folder) ? new ReadingThread(program, signal) : null;
}

/** Whether a ledger has so many events that a thread beside this one is worth it. False where nobody can look. */
export function isLongLedger(folder: string): boolean {
  return [livingName, seedName].some((nameOf) => {
    try {
      return lstatSync(folder + sep + nameOf(VERY_MANY_EVENTS), { throwIfNoEntry: false })?.isFile() === true;
    } catch {
      return false;
    }
  });
}

/** Reads a range on this thread; each batch is one piece of work. Null where Node's own way is all there is. */
export async function streamHere(range: EventRange): Promise<EventStream | null> {
  const folder = (await nativeFiles())?.openFolder(range.folder) ?? null;
  if (folder === null) return null;
  const reader = new BatchReader(range, folder);
  const room = newBatchRoom();
  return {
    next: () => {
      const batch = reader.fill(room);
      return Promise.resolve(batch.count === 0 ? null : batch);
    },
    close: () => {
      folder.close();
    },
  };
}
