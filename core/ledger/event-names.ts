import { quoteHostile } from '../model';
import { type LedgerFinding, unreadableFrom } from './findings';
import { parseGoInt } from './go-int';
import type { Dialect } from './replay';

/** The living program's name of event `sequence`: `000012.json`, more digits past 999999. */
export function livingName(sequence: number): string {
  return `${sequence.toString().padStart(6, '0')}.json`;
}

/** The seed's name of event `sequence`: `event-000012.json`. */
export function seedName(sequence: number): string {
  return `event-${livingName(sequence)}`;
}

/** The name under which event `sequence` is written in a dialect. */
export function eventName(sequence: number, dialect: Dialect): string {
  return dialect === 'living' ? livingName(sequence) : seedName(sequence);
}

/** Whether a name is that of an event which is being written, in either dialect: `.event-*.tmp`. */
export function isTempName(name: string): boolean {
  return name.startsWith('.event-') && name.endsWith('.tmp');
}

/** A name that stands for an event. */
export interface NumberedName {
  readonly name: string;
  /** Inexact above 2^53; `digits` is exact. */
  readonly sequence: number;
  /** The number in decimal digits, without sign and leading zeros. */
  readonly digits: string;
  readonly spelling: Dialect;
  /** Whether the name is spelled as the dialect writes it. */
  readonly canonical: boolean;
}

/**
 * The event that a file name stands for, by the spelling of either dialect; null for a name that both pass over.
 * A living name counts when Go's Atoi takes what is before `.json` and it is not negative: `3.json`, `+3.json` and
 * `-0.json` count, though none of them is spelled as it should be.
 */
export function parseEventName(name: string): NumberedName | null {
  if (!name.endsWith('.json')) return null;
  const isSeed = name.startsWith('event-');
  const base = name.slice(isSeed ? 'event-'.length : 0, -'.json'.length);
  if (isSeed && !/^[0-9]+$/.test(base)) return null;
  const number = parseGoInt(base);
  if (number === null || number.negative) return null;
  return {
    name,
    sequence: Number(number.digits),
    digits: number.digits,
    spelling: isSeed ? 'seed' : 'living',
    canonical: base === number.digits.padStart(6, '0'),
  };
}

/** The number that a file name bears in either dialect (inexact above 2^53); null when it is no event's name. */
export function eventNumber(name: string): number | null {
  return parseEventName(name)?.sequence ?? null;
}

/** One entry of a ledger folder. A link is no folder here, wherever it leads. */
export interface ListedName {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What a ledger folder holds, by its names alone. */
export interface OrderedEvents {
  /** Events 1 to this one are there, once each and well spelled: those are to be read, in that order. */
  readonly consecutive: number;
  /**
   * What is wrong with the names, and at which number. Number 0 comes before every event; any other number comes
   * after all `consecutive` events, or (a second file of one number) right after the last of them.
   */
  readonly fault: { readonly sequence: number; readonly finding: LedgerFinding } | null;
  /** The highest number that any name bears; 0 when none does. The next event is the one after it. */
  readonly highest: number;
}

/**
 * Which events a ledger folder holds when they are named as `naming` does, and where the names first go wrong.
 * Names of the other spelling are passed over. Cost is linear in the listing.
 *
 * The living program sorts the numbers, reads each as `%06d.json`, and then wants the next number: so its first
 * trouble is a number 0, a number whose proper file is not there, a gap, or a number that comes twice. In the seed
 * dialect the same places end the reading, because what a missing or doubled event did to a claim is not known.
 */
export function orderEvents(names: Iterable<ListedName>, naming: Dialect): OrderedEvents {
  const slots = slotsOf(names, naming);
  const zero = slots.near.get(0);
  let fault = zero === undefined ? null : zeroFault(zero.first.name);
  let consecutive = 0;
  for (let sequence = 1; ; sequence++) {
    const slot = slots.near.get(sequence);
    if (slot === undefined && slots.plain[sequence] === 1) {
      consecutive = sequence;
      continue;
    }
    if (slot === undefined || slot.proper === null) {
      const next = slot ?? nextSlot(slots, sequence, naming);
      if (next !== undefined) fault ??= brokenAt(next, sequence, naming);
      break;
    }
    consecutive = sequence;
    if (slot.second !== null) {
      fault ??= duplicateAt(sequence, slot.proper, slot.second);
      break;
    }
  }
  return { consecutive, fault, highest: slots.highest };
}

/** All names of one number, as far as they matter. */
interface Slot {
  readonly first: NumberedName;
  /** The name as it should be spelled, when it is there. */
  proper: string | null;
  /** A name beside the proper one (or beside the first). */
  second: string | null;
}

interface Slots {
  /** One more than there are names: lower numbers are near, others far. */
  readonly length: number;
  /** 1 for each near number that bears exactly one name, well spelled, unless `near` has it. */
  readonly plain: Uint8Array;
  /** Near numbers with any other names. */
  readonly near: ReadonlyMap<number, Slot>;
  /** The lowest of the higher numbers. */
  readonly far: Slot | undefined;
  readonly highest: number;
}

function slotsOf(names: Iterable<ListedName>, naming: Dialect): Slots {
  // A plain name is kept as its number alone: nearly all are plain, and there may be very many.
  const numbered: (NumberedName | number)[] = [];
  for (const { name, isFolder } of names) {
    if (isFolder) continue;
    const plain = plainNumber(name, naming);
    const parsed = plain > 0 ? plain : parseEventName(name);
    if (typeof parsed === 'number' || parsed?.spelling === naming) numbered.push(parsed);
  }
  const length = numbered.length + 1;
  const plain = new Uint8Array(length);
  const near = new Map<number, Slot>();
  let far: Slot | undefined;
  let highest = 0;
  for (const numberOrName of numbered) {
    const sequence = typeof numberOrName === 'number' ? numberOrName : numberOrName.sequence;
    highest = Math.max(highest, sequence);
    let slot = near.get(sequence);
    if (slot === undefined && plain[sequence] === 1) slot = withName(undefined, plainName(sequence, naming));
    if (typeof numberOrName === 'number' && sequence < length && slot === undefined) {
      plain[sequence] = 1;
      continue;
    }
    const entry = typeof numberOrName === 'number' ? plainName(sequence, naming) : numberOrName;
    if (sequence < length) {
      near.set(sequence, withName(slot, entry));
    } else {
      const order = far === undefined ? -1 : compareDigits(entry.digits, far.first.digits);
      if (order <= 0) far = withName(order < 0 ? undefined : far, entry);
    }
  }
  return { length, plain, near, far, highest };
}

/** The number of a name of exactly six digits, spelled as `naming` does; 0 for any other name. */
function plainNumber(name: string, naming: Dialect): number {
  const from = naming === 'seed' ? 'event-'.length : 0;
  if (name.length !== from + 11 || !name.endsWith('.json')) return 0;
  if (from > 0 && !name.startsWith('event-')) return 0;
  let number = 0;
  for (let i = from; i < from + 6; i++) {
    const digit = name.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return 0;
    number = number * 10 + digit;
  }
  return number;
}

function plainName(sequence: number, naming: Dialect): NumberedName {
  const digits = sequence.toString();
  return { name: eventName(sequence, naming), sequence, digits, spelling: naming, canonical: true };
}

function withName(slot: Slot | undefined, entry: NumberedName): Slot {
  if (slot === undefined) return { first: entry, proper: entry.canonical ? entry.name : null, second: null };
  if (entry.canonical) {
    slot.second ??= slot.first.name;
    slot.proper = entry.name;
  } else {
    slot.second ??= entry.name;
  }
  return slot;
}

function nextSlot(slots: Slots, from: number, naming: Dialect): Slot | undefined {
  for (let sequence = from; sequence < slots.length; sequence++) {
    const slot = slots.near.get(sequence);
    if (slot !== undefined) return slot;
    if (slots.plain[sequence] === 1) return withName(undefined, plainName(sequence, naming));
  }
  return slots.far;
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

type NameFault = NonNullable<OrderedEvents['fault']>;

function zeroFault(name: string): NameFault {
  const reason = `"${quoteHostile(name)}" bears the number 0, and events begin with 1`;
  return { sequence: 0, finding: unreadableFrom('misspelt-name', 0, reason, name) };
}

function brokenAt(slot: Slot, expected: number, naming: Dialect): NameFault {
  const { first } = slot;
  const { sequence } = first;
  if (slot.proper === null) {
    const prefix = naming === 'seed' ? 'event-' : '';
    const wanted = `${prefix}${first.digits.padStart(6, '0')}.json`;
    const reason = `"${quoteHostile(first.name)}" counts as an event, but is looked for as "${wanted}", which is not there`;
    return { sequence, finding: unreadableFrom('misspelt-name', sequence, reason, first.name) };
  }
  const missing =
    sequence - expected === 1
      ? `#${expected.toString()} is missing`
      : `#${expected.toString()} to #${(sequence - 1).toString()} are missing`;
  return { sequence, finding: unreadableFrom('gap', sequence, missing, slot.proper) };
}

function duplicateAt(sequence: number, proper: string, second: string): NameFault {
  const reason = `"${quoteHostile(second)}" bears the number of "${proper}" a second time`;
  return { sequence, finding: unreadableFrom('duplicate-number', sequence, reason, second) };
}
