import { lstatSync } from 'node:fs';

const FIRST_ROOM = 64;
/** Inode, size and time. */
const FIELDS = 3;

/** What each event's file looked like when it was read, by its number. 24 bytes an event. */
export class EventPrints {
  #prints = new Float64Array(FIRST_ROOM * FIELDS);
  #count = 0;

  /** The number of the last event; 0 when there is none. Numbers are 1 to this one. */
  get last(): number {
    return this.#count;
  }

  /** Keeps the print of the next event. */
  add(inode: number, size: number, modifiedMs: number): void {
    const at = this.#count * FIELDS;
    if (at === this.#prints.length) {
      const grown = new Float64Array(2 * at);
      grown.set(this.#prints);
      this.#prints = grown;
    }
    this.#prints[at] = inode;
    this.#prints[at + 1] = size;
    this.#prints[at + 2] = modifiedMs;
    this.#count += 1;
  }

  /** Whether `path` still looks like event `sequence` did. A link never does: look again. */
  isSame(sequence: number, path: string): boolean {
    if (sequence < 1 || sequence > this.#count) return false;
    const at = (sequence - 1) * FIELDS;
    try {
      const stat = lstatSync(path);
      return (
        stat.ino === this.#prints[at] && stat.size === this.#prints[at + 1] && stat.mtimeMs === this.#prints[at + 2]
      );
    } catch {
      return false;
    }
  }

  /** How many of the last events have files newer than `ms` (unix ms); stops at `most`. */
  newerThan(ms: number, most: number): number {
    let count = 0;
    while (count < most && count < this.#count) {
      const modifiedMs = this.#prints[(this.#count - 1 - count) * FIELDS + 2];
      if (modifiedMs === undefined || modifiedMs <= ms) break;
      count += 1;
    }
    return count;
  }
}
