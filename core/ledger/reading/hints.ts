import { basename } from 'node:path';
import { eventNumber, isTempName } from '../events/event-names';

/** So many names at once may be what is left of more: the system drops what does not fit into its queue. */
const MANY_HINTS = 1_000;

/** What a watch told since somebody looked, as far as it matters. */
export interface Told {
  /** Names that may stand for something else now. */
  readonly names: readonly string[];
  /** The highest number of a new event that was told; 0 for none. */
  readonly highest: number;
  /** Whether nothing at all was told. */
  readonly isNothing: boolean;
  /** So much was told that some of it may have been lost. */
  readonly mayHaveMissed: boolean;
  /** More names of events that were read were told than are kept: any of them may have changed. */
  readonly anyMayHaveChanged: boolean;
}

/** Gathers the names that a watch tells. What it keeps is bounded, however long nobody looks. */
export class Hints {
  readonly #names = new Set<string>();
  /** So many new events were told. */
  #fresh = 0;
  #highest = 0;
  #anyMayHaveChanged = false;

  get isEmpty(): boolean {
    return this.#names.size === 0 && this.#fresh === 0;
  }

  /** A file may have changed. Events up to `readUpTo` may have been read; `nameOf` spells those that follow. */
  add(path: string, readUpTo: number, nameOf: (sequence: number) => string): void {
    const name = basename(path);
    const sequence = eventNumber(name);
    // Of events that are still to be read, it is enough to know how far they go.
    if (sequence !== null && sequence > readUpTo && name === nameOf(sequence)) {
      if (sequence > this.#highest) this.#fresh += 1;
      this.#highest = Math.max(this.#highest, sequence);
      return;
    }
    if (this.#names.size < MANY_HINTS) this.#names.add(name);
    else if (!this.#names.has(name) && !isTempName(name)) this.#anyMayHaveChanged = true;
  }

  /** What was told; from then on nothing was. */
  take(): Told {
    const told: Told = {
      names: [...this.#names],
      highest: this.#highest,
      isNothing: this.isEmpty,
      mayHaveMissed: this.#names.size + this.#fresh >= MANY_HINTS,
      anyMayHaveChanged: this.#anyMayHaveChanged,
    };
    this.#names.clear();
    this.#fresh = 0;
    this.#highest = 0;
    this.#anyMayHaveChanged = false;
    return told;
  }
}
