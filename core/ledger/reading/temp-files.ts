import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { isTempName } from '../events/event-names';
import { isOwnTempName } from '../locks/lock-content';

export interface TempFile {
  readonly name: string;
  readonly modifiedMs: number;
}

/** So many are looked at; of more, how many there are. */
const MOST_FILES = 1_000;

/** The files in a ledger folder that are being written, or were left behind, as far as they were noticed. */
export class TempFiles {
  readonly #folder: string;
  #files: readonly TempFile[] = [];
  #more = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get all(): readonly TempFile[] {
    return this.#files;
  }

  /** So many there are beside those, as of the last listing. */
  get more(): number {
    return this.#more;
  }

  /** All names of the folder: others are gone. */
  listed(names: Iterable<{ readonly name: string }>): void {
    const relevant = Array.from(names, ({ name }) => name).filter(isRelevant);
    this.#files = [];
    this.#more = Math.max(0, relevant.length - MOST_FILES);
    this.noticed(relevant.slice(0, MOST_FILES));
  }

  /** Some names came, changed or went. */
  noticed(names: readonly string[]): void {
    const relevant = names.filter(isRelevant);
    if (relevant.length === 0) return;
    const files = new Map(this.#files.map((file) => [file.name, file]));
    for (const name of relevant) {
      const modifiedMs = modifiedMsOf(join(this.#folder, name));
      if (modifiedMs === null) files.delete(name);
      else if (files.has(name) || files.size < MOST_FILES) files.set(name, { name, modifiedMs });
    }
    this.#files = [...files.values()];
  }
}

function isRelevant(name: string): boolean {
  return isTempName(name) || isOwnTempName(name);
}

function modifiedMsOf(path: string): number | null {
  try {
    return lstatSync(path).mtimeMs;
  } catch {
    return null;
  }
}
