import { assertNever, quoteHostile } from '../model';
import { type LedgerFinding, ledgerFinding, unreadableFrom } from './findings';
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

/** One entry of a ledger directory; a link is not a directory here, wherever it leads. */
export interface ListedName {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface EventFile {
  readonly sequence: number;
  readonly name: string;
}

/** What a ledger directory holds, by its names alone. */
export interface EventSequence {
  /** The events to read, in order. In the living dialect always 1, 2, 3 and so on. */
  readonly events: readonly EventFile[];
  /**
   * What is wrong with the names, by event number. An `error` of number 0 comes before every event, any other
   * `error` after all `events`: whichever event among them is refused comes first.
   */
  readonly faults: readonly LedgerFinding[];
  /** The names of appends that have not ended. */
  readonly tempFiles: readonly string[];
  /** The highest number that any name bears; 0 when none does. The next event is the one after it. */
  readonly highest: number;
}

/**
 * Which events a ledger directory holds in a dialect, and where its names go wrong. Linear in the listing when the
 * numbers are consecutive; never more than a sort of those that are not.
 *
 * Living (protocol 1): reading ends at the first gap, duplicate or misspelling, as that program's does.
 * Seed: both spellings are read; a gap or a misspelling is only worth a warning, two files of one number end it.
 */
export function sequenceOf(names: Iterable<ListedName>, dialect: Dialect): EventSequence {
  const numbered: NumberedName[] = [];
  const tempFiles: string[] = [];
  let highest = 0;
  for (const { name, isDirectory } of names) {
    if (isDirectory) continue;
    if (isTempName(name)) tempFiles.push(name);
    const parsed = parseEventName(name);
    if (parsed === null || (dialect === 'living' && parsed.spelling === 'seed')) continue;
    // The seed knows nothing of signs: such a name is no event there.
    if (dialect === 'seed' && /^[+-]/.test(name)) continue;
    numbered.push(parsed);
    highest = Math.max(highest, parsed.sequence);
  }
  const groups = groupByNumber(numbered);
  switch (dialect) {
    case 'living':
      return { ...livingSequence(groups), tempFiles, highest };
    case 'seed':
      return { ...seedSequence(groups), tempFiles, highest };
    default:
      return assertNever(dialect);
  }
}

/** All names of one number. */
type Group = readonly [NumberedName, ...NumberedName[]];

/** The names by number, ascending. */
function groupByNumber(numbered: readonly NumberedName[]): readonly Group[] {
  const near: (NumberedName[] | undefined)[] = Array.from({ length: numbered.length + 1 });
  const far = new Map<string, NumberedName[]>();
  for (const entry of numbered) {
    if (entry.sequence < near.length) {
      const group = near[entry.sequence];
      if (group === undefined) near[entry.sequence] = [entry];
      else group.push(entry);
    } else {
      const group = far.get(entry.digits);
      if (group === undefined) far.set(entry.digits, [entry]);
      else group.push(entry);
    }
  }
  const ordered = [...far.values()].sort((a, b) => compareDigits(a[0]?.digits ?? '', b[0]?.digits ?? ''));
  return [...near.filter((group) => group !== undefined), ...ordered] as unknown as readonly Group[];
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

type Walk = Pick<EventSequence, 'events' | 'faults'>;

function livingSequence(groups: readonly Group[]): Walk {
  const events: EventFile[] = [];
  const faults: LedgerFinding[] = [];
  let expected = 1;
  for (const group of groups) {
    const [first] = group;
    const { sequence, digits } = first;
    if (sequence === 0) {
      // No event stands behind it, so those that follow are shown all the same.
      faults.push(unreadableFrom('misspelt-name', 0, `"${quoteHostile(first.name)}" has the number 0, and events begin at 1`, first.name));
      continue;
    }
    const proper = group.find((entry) => entry.canonical);
    if (proper === undefined) {
      const wanted = `${digits.padStart(6, '0')}.json`;
      const reason = `"${quoteHostile(first.name)}" counts as an event, but is looked for as "${wanted}"`;
      faults.push(unreadableFrom('misspelt-name', sequence, reason, first.name));
      break;
    }
    if (sequence !== expected) {
      faults.push(unreadableFrom('gap', sequence, `the one before it is missing, #${expected.toString()} should come next`, proper.name));
      break;
    }
    events.push({ sequence, name: proper.name });
    expected++;
    const other = group.find((entry) => entry !== proper);
    if (other !== undefined) {
      const reason = `"${quoteHostile(other.name)}" bears the number of "${proper.name}" a second time`;
      faults.push(unreadableFrom('duplicate-number', sequence, reason, other.name));
      break;
    }
  }
  return { events, faults };
}

function seedSequence(groups: readonly Group[]): Walk {
  const events: EventFile[] = [];
  const faults: LedgerFinding[] = [];
  let expected = 1;
  let gaps = 0;
  let firstGap: LedgerFinding | null = null;
  for (const group of groups) {
    const [first, second] = group;
    const { sequence, name } = first;
    if (sequence === 0 || sequence > Number.MAX_SAFE_INTEGER) {
      const message = `"${quoteHostile(name)}" bears a number that no event can have, and is not read.`;
      faults.push(ledgerFinding('misspelt-name', 'warning', message, { at: sequence, file: name }));
      continue;
    }
    if (second !== undefined) {
      const reason = `"${quoteHostile(name)}" and "${quoteHostile(second.name)}" both bear this number, and which comes first is not known`;
      faults.push(unreadableFrom('duplicate-number', sequence, reason, second.name));
      break;
    }
    if (sequence !== expected) {
      gaps++;
      firstGap ??= ledgerFinding('gap', 'warning', gapMessage(expected, sequence), { at: sequence, file: name });
    }
    if (!first.canonical) {
      const message = `"${quoteHostile(name)}" is read as #${sequence.toString()}, but is not spelled as event files are.`;
      faults.push(ledgerFinding('misspelt-name', 'warning', message, { at: sequence, file: name }));
    }
    events.push({ sequence, name });
    expected = sequence + 1;
  }
  if (firstGap !== null) {
    const more = gaps > 1 ? ` There are ${(gaps - 1).toString()} more gaps.` : '';
    faults.push({ ...firstGap, message: firstGap.message + more });
  }
  return { events, faults: faults.sort((a, b) => (a.at ?? 0) - (b.at ?? 0)) };
}

function gapMessage(expected: number, found: number): string {
  const missing =
    found - expected === 1
      ? `#${expected.toString()} is`
      : `#${expected.toString()} to #${(found - 1).toString()} are`;
  return `Events are missing: ${missing} not there, so what they did to a claim is not known.`;
}
