import { closeSync, openSync, readSync } from 'node:fs';
import { describeError } from './errors';

/** A longer list of the kernel is not read: some 150,000 locks. */
const MOST_MIB = 8;
const MOST_BYTES = MOST_MIB << 20;

/** The bytes of the kernel's list of locks, as they were read last. */
export class LockList {
  readonly #path: string;
  #room = Buffer.allocUnsafe(1 << 16);
  #last = Buffer.alloc(0);
  #unreadable: string | null = null;
  #isRead = false;

  constructor(procRoot: string) {
    this.#path = `${procRoot}/locks`;
  }

  /** Why it could not be read the last time, in words that end a sentence; null where it was. */
  get unreadable(): string | null {
    return this.#unreadable;
  }

  get text(): string {
    return this.#last.toString('latin1');
  }

  /**
   * The kernel gives its list a page at a time. Between two pages locks may come and go, and then one that is held all
   * the time may be left out of a longer list.
   */
  get mayBeTorn(): boolean {
    return this.#last.length > 3_500;
  }

  /** Reads it. False where it says what it said the last time, byte for byte. Never throws. */
  read(): boolean {
    let length: number;
    try {
      length = this.#fill();
    } catch (error) {
      const unreadable = `the kernel's list of locks cannot be read: ${describeError(error)}`;
      const isNews = this.#unreadable !== unreadable;
      this.#unreadable = unreadable;
      this.#last = Buffer.alloc(0);
      this.#isRead = false;
      return isNews;
    }
    this.#unreadable = null;
    const now = this.#room.subarray(0, length);
    if (this.#isRead && now.equals(this.#last)) return false;
    this.#isRead = true;
    this.#last = Buffer.from(now);
    return true;
  }

  #fill(): number {
    const fd = openSync(this.#path, 'r');
    try {
      for (let length = 0; ; ) {
        if (length === this.#room.length) {
          // A part of it would say that all the rest was given back.
          if (length >= MOST_BYTES)
            throw new Error(`it is longer than the ${MOST_MIB.toString()} MiB of it that are read`);
          this.#room = Buffer.concat([this.#room], length * 2);
        }
        const count = readSync(fd, this.#room, length, this.#room.length - length, null);
        if (count === 0) return length;
        length += count;
      }
    } finally {
      closeSync(fd);
    }
  }
}
