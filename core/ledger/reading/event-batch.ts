import { type NativeFolder, NO_ROOM, NOT_READ } from '../../host/native-files';
import { MAX_EVENT_BYTES } from '../events/event-bytes';
import { eventName } from '../events/event-names';
import { PRINT_FIELDS } from '../events/event-prints';
import { type EventRoom, type Fingerprint, readEventFile, roomForEvent } from '../events/read-event';
import type { Dialect } from '../replay/replay';

/** So many events make a batch, or so many bytes. */
const MOST_EVENTS = 4_096;
const ENOUGH_BYTES = 786_432;
/** After so many events it is asked whether its time is over. */
const TIMED_EVENTS = 16;

/** Room for a batch. Plain typed arrays with a buffer each: it goes from thread to thread without being copied. */
export interface BatchRoom {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each event ends in `bytes`; it begins where the one before ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Of each event's file, as it was opened: inode, size, and unix ms of the last change of its bytes, and of anything. */
  readonly prints: Float64Array<ArrayBuffer>;
}

/** Events that follow one another, as bytes. */
export interface EventBatch {
  readonly first: number;
  readonly count: number;
  readonly room: BatchRoom;
}

/** One that the largest event finds room in. */
export function newBatchRoom(): BatchRoom {
  return {
    bytes: new Uint8Array(ENOUGH_BYTES + MAX_EVENT_BYTES + 1),
    ends: new Uint32Array(MOST_EVENTS),
    prints: new Float64Array(MOST_EVENTS * PRINT_FIELDS),
  };
}

/** Which events of which proof. */
export interface EventRange {
  readonly folder: string;
  readonly proofFolder: string;
  readonly naming: Dialect;
  readonly first: number;
  readonly last: number;
}

/**
 * Reads the events of a range one after the other, as `readEventFile` does. It stops before the first one that is no
 * event to be read: what stands there is for somebody to say who looks at it in the ordinary way.
 */
export class BatchReader {
  readonly #range: EventRange;
  readonly #native: NativeFolder | null;
  #spare: EventRoom | null = null;
  #next: number;
  #isStopped = false;

  constructor(range: EventRange, native: NativeFolder | null) {
    this.#range = range;
    this.#native = native;
    this.#next = range.first;
  }

  /** The event that it reads next. */
  get next(): number {
    return this.#next;
  }

  /** What it would read next is no event to be read. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  get isAtEnd(): boolean {
    return this.#isStopped || this.#next > this.#range.last;
  }

  /** The next events, in `room`: some of them where `untilMs` (of `performance.now`) comes first. None where it is at its end. */
  fill(room: BatchRoom, untilMs = Number.POSITIVE_INFINITY): EventBatch {
    const first = this.#next;
    let count = 0;
    let at = 0;
    while (!this.isAtEnd && count < MOST_EVENTS && at < ENOUGH_BYTES) {
      if (count > 0 && count % TIMED_EVENTS === 0 && performance.now() >= untilMs) break;
      const length = this.#readInto(room, at, count);
      if (length < 0) break;
      at += length;
      room.ends[count] = at;
      count += 1;
      this.#next += 1;
    }
    return { first, count, room };
  }

  #readInto(room: BatchRoom, at: number, index: number): number {
    const { folder, proofFolder, naming } = this.#range;
    const name = eventName(this.#next, naming);
    const native = this.#native;
    const length = native === null ? NOT_READ : native.readFile(name, room.bytes, at, MAX_EVENT_BYTES);
    if (native !== null && length >= 0) {
      setPrint(room.prints, index, native.print);
      return length;
    }
    // Cannot be: there is always room for the largest one.
    if (length === NO_ROOM) return this.#stop();
    this.#spare ??= roomForEvent();
    const read = readEventFile(folder, proofFolder, name, this.#spare);
    if (read.kind !== 'read') return this.#stop();
    room.bytes.set(read.bytes, at);
    setPrint(room.prints, index, read.fingerprint);
    return read.bytes.length;
  }

  #stop(): number {
    this.#isStopped = true;
    return NOT_READ;
  }
}

function setPrint(prints: Float64Array, index: number, print: Fingerprint): void {
  const at = index * PRINT_FIELDS;
  prints[at] = print.inode;
  prints[at + 1] = print.size;
  prints[at + 2] = print.modifiedMs;
  prints[at + 3] = print.changedMs;
}
