import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  decideDialect,
  type DialectDecision,
  INIT_FOLDERS,
  NO_DIALECT_FACTS,
  noteFolders,
  noteName,
  noteType,
} from './dialect';
import type { ListedName } from './event-names';
import { scanEventType } from './event-type';
import type { Dialect } from './replay';

/** Gathers what speaks for a dialect while a proof is read. Facts only add up until `start`. */
export class DialectJudge {
  readonly #proofFolder: string;
  #facts = NO_DIALECT_FACTS;
  #types = new Set<string>();
  #decision: DialectDecision = decideDialect(NO_DIALECT_FACTS);

  constructor(proofFolder: string) {
    this.#proofFolder = proofFolder;
  }

  get dialect(): Dialect {
    return this.#decision.dialect;
  }

  /** How the events that count are named. */
  get naming(): Dialect {
    return this.#decision.naming;
  }

  /** Why nothing may be written here, in a sentence; null when one dialect is all there is. */
  get mixed(): string | null {
    return this.#decision.mixed;
  }

  /** Starts from a listing of the ledger folder. Types of events that were seen before are kept: they were there. */
  start(names: readonly ListedName[]): void {
    const folders = new Set(INIT_FOLDERS.filter((folder) => isFolder(join(this.#proofFolder, folder))));
    let facts = noteFolders(NO_DIALECT_FACTS, folders);
    for (const { name, isFolder } of names) if (!isFolder) facts = noteName(facts, name);
    for (const type of this.#types) facts = noteType(facts, type);
    this.#facts = facts;
    this.#decision = decideDialect(facts);
  }

  /** Forgets everything, types of events too: the ledger may be another one. */
  forget(): void {
    this.#types = new Set();
  }

  /** Takes an event's own type into account. */
  addEvent(bytes: Uint8Array): void {
    const scanned = scanEventType(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (scanned.kind === 'none' || this.#types.has(scanned.type) || this.#types.size > 1_000) return;
    this.#types.add(scanned.type);
    const facts = noteType(this.#facts, scanned.type);
    if (facts === this.#facts) return;
    this.#facts = facts;
    this.#decision = decideDialect(facts);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
