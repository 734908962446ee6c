import { statSync } from 'node:fs';
import { join } from 'node:path';
import { asBuffer } from '../events/event-bytes';
import { livingName, seedName } from '../events/event-names';
import { scanEventType } from '../events/event-type';
import type { LedgerNames } from '../events/ledger-names';
import {
  type DialectDecision,
  type DialectFacts,
  decideDialect,
  INIT_FOLDERS,
  isSameFacts,
  NO_DIALECT_FACTS,
  noteFolders,
  noteName,
  noteType,
} from './dialect';
import type { Dialect } from './replay';

/** Gathers what speaks for a dialect while a proof is read. Facts only add up until `start`. */
export class DialectJudge {
  readonly #proofFolder: string;
  #facts = NO_DIALECT_FACTS;
  /** What the types of events alone tell. */
  #typeFacts = NO_DIALECT_FACTS;
  /** The type that was taken into account last. */
  #lastType: string | null = null;
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
  start(names: LedgerNames): void {
    this.#lastType = null;
    this.#facts = this.#factsOf(names);
    this.#decision = decideDialect(this.#facts);
  }

  /** Whether `start` with this listing would come to the decision that stands now. */
  agrees(names: LedgerNames): boolean {
    const { dialect, naming, mixed } = decideDialect(this.#factsOf(names));
    return dialect === this.dialect && naming === this.naming && mixed === this.mixed;
  }

  #factsOf(names: LedgerNames): DialectFacts {
    const folders = new Set(INIT_FOLDERS.filter((folder) => isFolder(join(this.#proofFolder, folder))));
    let facts = noteFolders(this.#typeFacts, folders);
    // All well-spelled names of a dialect tell the same.
    if (names.plain('living').length > 0) facts = noteName(facts, livingName(1));
    if (names.plain('seed').length > 0) facts = noteName(facts, seedName(1));
    for (const { name, isFolder } of names.others) if (!isFolder) facts = noteName(facts, name);
    return facts;
  }

  /** Whether an event of these bytes leaves no doubt about the dialect. */
  suits(bytes: Uint8Array): boolean {
    const scanned = scanEventType(asBuffer(bytes));
    const after = decideDialect(scanned.kind === 'none' ? this.#facts : noteType(this.#facts, scanned.type));
    return after.dialect === this.dialect && after.mixed === null;
  }

  /** Whether these are all that the types of events have told. */
  knowsOnly(typeFacts: DialectFacts): boolean {
    return isSameFacts(this.#typeFacts, typeFacts);
  }

  /** Takes up what the types of events told that are not looked at again; before `start`. */
  remember(typeFacts: DialectFacts): void {
    this.#lastType = null;
    this.#typeFacts = typeFacts;
  }

  /** Forgets everything, types of events too: the ledger may be another one. */
  forget(): void {
    this.#lastType = null;
    this.#typeFacts = NO_DIALECT_FACTS;
  }

  /** Takes an event's own type into account. Gives that type; empty for none. */
  addEvent(bytes: Uint8Array): string {
    const scanned = scanEventType(asBuffer(bytes));
    if (scanned.kind === 'none') return '';
    this.addType(scanned.type);
    return scanned.type;
  }

  /** The same where the type is known, as `scanEventType` finds it. */
  addType(type: string): void {
    // Events of one type tell nothing new until there is a listing.
    if (type === this.#lastType) return;
    this.#lastType = type;
    this.#typeFacts = noteType(this.#typeFacts, type);
    const facts = noteType(this.#facts, type);
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
