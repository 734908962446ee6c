import { parseEventName } from '../events/event-names';
import { isLivingType } from './living-events';
import type { Dialect } from './replay';

/** What speaks for a dialect (protocol 1, *Which dialect*). Facts only ever add up. */
export interface DialectFacts {
  readonly livingNames: boolean;
  readonly seedNames: boolean;
  /** An event of a type that only the living program writes. */
  readonly livingTypes: boolean;
  /** A `lock_acquired` or `lock_released`. (`lock_reaped` is known to both dialects, and says nothing.) */
  readonly seedClaims: boolean;
  /** The folders that `af init` makes beside the ledger. */
  readonly initFolders: boolean;
}

export const NO_DIALECT_FACTS: DialectFacts = {
  livingNames: false,
  seedNames: false,
  livingTypes: false,
  seedClaims: false,
  initFolders: false,
};

export function isSameFacts(a: DialectFacts, b: DialectFacts): boolean {
  return (Object.keys(NO_DIALECT_FACTS) as (keyof DialectFacts)[]).every((fact) => a[fact] === b[fact]);
}

/** The facts together with a file name of the ledger folder. The same object when the name adds nothing. */
export function noteName(facts: DialectFacts, name: string): DialectFacts {
  // A name that begins so is the seed's or none; any other is the living program's or none.
  if (name.startsWith('event-') ? facts.seedNames : facts.livingNames) return facts;
  const spelling = parseEventName(name)?.spelling;
  if (spelling === 'living') return facts.livingNames ? facts : { ...facts, livingNames: true };
  if (spelling === 'seed') return facts.seedNames ? facts : { ...facts, seedNames: true };
  return facts;
}

/** The facts together with the type of an event. The same object when the type adds nothing. */
export function noteType(facts: DialectFacts, type: string): DialectFacts {
  if (type === 'lock_reaped') return facts;
  if (type === 'lock_acquired' || type === 'lock_released')
    return facts.seedClaims ? facts : { ...facts, seedClaims: true };
  return facts.livingTypes || !isLivingType(type) ? facts : { ...facts, livingTypes: true };
}

/** What `af init` makes beside the ledger. `locks` is there too, but the seed's tools make that one as well. */
export const INIT_FOLDERS: readonly string[] = ['assumptions', 'defs', 'externals', 'lemmas', 'nodes'];

/** The facts together with the names of the folders beside the ledger. */
export function noteFolders(facts: DialectFacts, folders: ReadonlySet<string>): DialectFacts {
  const all = INIT_FOLDERS.every((folder) => folders.has(folder));
  return !all || facts.initFolders ? facts : { ...facts, initFolders: true };
}

export interface DialectDecision {
  readonly dialect: Dialect;
  /** How the events that count are named. In the seed dialect that may be the living way. */
  readonly naming: Dialect;
  /** Why nothing may be written here, in a sentence: there is evidence for both dialects. Null when there is not. */
  readonly mixed: string | null;
}

/** Which dialect a ledger is in, as far as the facts go; a later fact may decide otherwise. */
export function decideDialect(facts: DialectFacts): DialectDecision {
  const { livingNames, seedNames, livingTypes, seedClaims, initFolders } = facts;
  const living = livingTypes || initFolders || (livingNames && !seedClaims);
  if (living) return { dialect: 'living', naming: 'living', mixed: mixedLiving(facts) };
  const naming = livingNames && !seedNames ? 'living' : 'seed';
  const mixed = livingNames
    ? 'It holds claims as the seed protocol writes them, in files named as the living program names them.'
    : null;
  return { dialect: 'seed', naming, mixed };
}

function mixedLiving({ seedNames, seedClaims }: DialectFacts): string | null {
  if (seedClaims) return 'It is a ledger of the living program that also holds lock events of the seed protocol.';
  return seedNames
    ? 'It is a ledger of the living program that also holds files named as the seed protocol names them.'
    : null;
}
