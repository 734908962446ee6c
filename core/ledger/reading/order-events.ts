import { quoteHostile } from '../../model';
import { eventName, type NumberedName, parseEventName } from '../events/event-names';
import type { LedgerNames } from '../events/ledger-names';
import { type LedgerFinding, unreadableFrom } from '../findings';
import type { Dialect } from '../replay/replay';

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
export function orderEvents(names: LedgerNames, naming: Dialect): OrderedEvents {
  const slots = slotsOf(names, naming);
  const zero = slots.near.get(0);
  let fault = zero === undefined ? null : zeroFault(zero.first.name);
  // In nearly every ledger all names are plain: nothing has to be looked up then.
  const allPlain = slots.near.size === 0;
  let consecutive = 0;
  for (let sequence = 1; ; sequence++) {
    const slot = allPlain ? undefined : slots.near.get(sequence);
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

function slotsOf(names: LedgerNames, naming: Dialect): Slots {
  const numbers = names.plain(naming);
  const odd: NumberedName[] = [];
  for (const { name, isFolder } of names.others) {
    const parsed = isFolder ? null : parseEventName(name);
    if (parsed?.spelling === naming) odd.push(parsed);
  }
  const length = numbers.length + odd.length + 1;
  const plain = new Uint8Array(length);
  const near = new Map<number, Slot>();
  let far: Slot | undefined;
  let highest = 0;
  const addFar = (entry: NumberedName): void => {
    const order = far === undefined ? -1 : compareDigits(entry.digits, far.first.digits);
    if (order <= 0) far = withName(order < 0 ? undefined : far, entry);
  };
  // By its places, as with all columns: an iterator takes several times as long before it is compiled.
  for (let i = 0; i < numbers.length; i += 1) {
    const sequence = numbers[i] ?? 0;
    if (sequence > highest) highest = sequence;
    if (sequence > 0 && sequence < length) plain[sequence] = 1;
    else if (sequence === 0) near.set(0, withName(near.get(0), plainName(0, naming)));
    else addFar(plainName(sequence, naming));
  }
  for (const entry of odd) {
    const { sequence } = entry;
    highest = Math.max(highest, sequence);
    if (sequence >= length) {
      addFar(entry);
      continue;
    }
    const slot = plain[sequence] === 1 ? withName(undefined, plainName(sequence, naming)) : undefined;
    near.set(sequence, withName(near.get(sequence) ?? slot, entry));
  }
  return { length, plain, near, far, highest };
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
