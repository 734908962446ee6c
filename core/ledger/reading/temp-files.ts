import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { isTempName } from '../events/event-names';
import { isOwnTempName } from '../locks/lock-content';

export interface TempFile {
  readonly name: string;
  readonly modifiedMs: number;
}

/** The files in a ledger folder that are being written, or were left behind, as far as they were noticed. */
export class TempFiles {
  readonly #folder: string;
  #files: readonly TempFile[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  get all(): readonly TempFile[] {
    return this.#files;
  }

  /** All names of the folder: others are gone. */
  listed(names: Iterable<{ readonly name: string }>): void {
    this.#files = [];
    this.noticed(Array.from(names, ({ name }) => name));
  }

  /** Some names came, changed or went. */
  noticed(names: readonly string[]): void {
    const relevant = names.filter((name) => isTempName(name) || isOwnTempName(name));
    if (relevant.length === 0) return;
    const files = new Map(this.#files.map((file) => [file.name, file]));
    for (const name of relevant) {
      const modifiedMs = modifiedMsOf(join(this.#folder, name));
      if (modifiedMs === null) files.delete(name);
      else files.set(name, { name, modifiedMs });
    }
    this.#files = [...files.values()];
  }
}

function modifiedMsOf(path: string): number | null {
  try {
    return lstatSync(path).mtimeMs;
  } catch {
    return null;
  }
}
