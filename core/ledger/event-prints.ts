import { lstatSync } from 'node:fs';
import type { Fingerprint } from './read-event';

/** What each event's file looked like when it was read, by its number. */
export class EventPrints {
  readonly #prints = new Map<number, Fingerprint>();
  readonly #order: number[] = [];

  /** The number of the last event; 0 when there is none. */
  get last(): number {
    return this.#order.at(-1) ?? 0;
  }

  get count(): number {
    return this.#order.length;
  }

  /** Keeps the print of the next event. */
  add(sequence: number, print: Fingerprint): void {
    this.#prints.set(sequence, print);
    this.#order.push(sequence);
  }

  /** Whether `path` still looks like event `sequence` did. A link never does: look again. */
  isSame(sequence: number, path: string): boolean {
    const print = this.#prints.get(sequence);
    if (print === undefined) return false;
    try {
      const stat = lstatSync(path);
      return stat.ino === print.inode && stat.size === print.size && stat.mtimeMs === print.modifiedMs;
    } catch {
      return false;
    }
  }

  /** How many of the last events have files newer than `ms` (unix ms); stops at `most`. */
  newerThan(ms: number, most: number): number {
    let count = 0;
    while (count < most && count < this.count) {
      const print = this.#prints.get(this.#order[this.count - 1 - count] ?? 0);
      if (print === undefined || print.modifiedMs <= ms) break;
      count += 1;
    }
    return count;
  }
}
