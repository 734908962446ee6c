import { lstatSync, statSync } from 'node:fs';
import type { Fingerprint } from './read-event';
import { withRoom } from './text-column';

const FIRST_ROOM = 64;
/** Inode, size, time of the last change of its bytes, and of anything about it. */
export const PRINT_FIELDS = 4;

/** What stands in the place of an event that was read. `gone` also where nobody can look. */
export type Standing = 'same' | 'other' | 'gone';

/** What each event's file looked like when it was read, by its number. 32 bytes an event. */
export class EventPrints {
  #prints: Float64Array;
  #count: number;

  /** `kept`: the prints of events 1 and on, as `columns` gave them; they become its own room. */
  constructor(kept: Float64Array = new Float64Array(0)) {
    this.#prints = kept;
    this.#count = kept.length / PRINT_FIELDS;
  }

  /** The number of the last event; 0 when there is none. Numbers are 1 to this one. */
  get last(): number {
    return this.#count;
  }

  /** All prints, one after the other: a view, good until something is added. */
  get columns(): Float64Array {
    return this.#prints.subarray(0, this.#count * PRINT_FIELDS);
  }

  /** Makes room at once for about so many more, instead of step by step. */
  reserve(more: number): void {
    this.#prints = withRoom(this.#prints, (this.#count + more) * PRINT_FIELDS, Float64Array);
  }

  /** Keeps the print of the next event. */
  add(inode: number, size: number, modifiedMs: number, changedMs: number): void {
    const at = this.#count * PRINT_FIELDS;
    if (at === this.#prints.length) {
      const grown = new Float64Array(Math.max(2 * at, FIRST_ROOM * PRINT_FIELDS));
      grown.set(this.#prints);
      this.#prints = grown;
    }
    this.#prints[at] = inode;
    this.#prints[at + 1] = size;
    this.#prints[at + 2] = modifiedMs;
    this.#prints[at + 3] = changedMs;
    this.#count += 1;
  }

  /**
   * How `path` looks beside event `sequence` (which was read), by what publishing it leaves alone: removing its other
   * name is a change of the file too. Of a link, what it leads to.
   */
  standing(sequence: number, path: string): Standing {
    const at = (sequence - 1) * PRINT_FIELDS;
    try {
      const own = lstatSync(path);
      const stat = own.isSymbolicLink() ? statSync(path) : own;
      const isSame =
        stat.ino === this.#prints[at] && stat.size === this.#prints[at + 1] && stat.mtimeMs === this.#prints[at + 2];
      return isSame && sequence <= this.#count ? 'same' : 'other';
    } catch {
      return 'gone';
    }
  }

  /**
   * Whether a file of this print is exactly that of event `sequence`, also in the time of its last change of any kind,
   * which no program can set.
   */
  isExactly(sequence: number, { inode, size, modifiedMs, changedMs }: Fingerprint): boolean {
    const at = (sequence - 1) * PRINT_FIELDS;
    const prints = this.#prints;
    return (
      prints[at] === inode &&
      prints[at + 1] === size &&
      prints[at + 2] === modifiedMs &&
      prints[at + 3] === changedMs &&
      sequence <= this.#count
    );
  }

  /** Takes up when event `sequence` last changed. False, and nothing is altered, when it is another file in all else. */
  changedAt(sequence: number, print: Fingerprint): boolean {
    const at = (sequence - 1) * PRINT_FIELDS + 3;
    const before = this.#prints[at];
    if (before === undefined || !this.isExactly(sequence, { ...print, changedMs: before })) return false;
    this.#prints[at] = print.changedMs;
    return true;
  }

  /** How many of the last events have files newer than `ms` (unix ms); stops at `most`. */
  newerThan(ms: number, most: number): number {
    let count = 0;
    while (count < most && count < this.#count) {
      const modifiedMs = this.#prints[(this.#count - 1 - count) * PRINT_FIELDS + 2];
      if (modifiedMs === undefined || modifiedMs <= ms) break;
      count += 1;
    }
    return count;
  }
}
