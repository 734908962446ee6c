import { assertNever, type ClaimRow, isStale, VERDICTS } from '../../core/model';

export const COLUMNS = ['verdict', 'resource', 'kind', 'holder', 'held', 'left', 'waits', 'source'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sort {
  readonly column: Column;
  readonly direction: 'ascending' | 'descending';
}

/** The worst first. */
export const DEFAULT_SORT: Sort = { column: 'verdict', direction: 'ascending' };

/** Names are hostile: only this much of one takes part in an order. */
const COMPARED = 256;

/**
 * A key whose plain order is the order of people: numbers within a name count as numbers, so `1.9` comes before
 * `1.10` and `job-2` before `job-10`. Leading zeros do not count.
 */
export function naturalKey(text: string): string {
  return text.slice(0, COMPARED).replace(/0*([0-9]+)/g, (_, digits: string) => {
    return `0${String.fromCharCode(Math.min(digits.length, 0xffff))}${digits}`;
  });
}

/** A row with what it is compared by, worked out once. */
export interface Entry {
  readonly row: ClaimRow;
  readonly resource: string;
  readonly holder: string;
  readonly source: string;
  /** The worst is the least. */
  readonly verdict: number;
  readonly acquiredMs: number;
  readonly expiresMs: number;
  readonly waits: number;
}

export type Compare = (a: Entry, b: Entry) => number;

export function entryOf(row: ClaimRow, source: string): Entry {
  return {
    row,
    resource: naturalKey(row.resource),
    // Nobody known comes last.
    holder: row.holder === null ? '\uffff' : naturalKey(row.holder.slice(0, COMPARED).toLowerCase()),
    source,
    // Two holders at once is worse than any verdict.
    verdict: row.flags?.includes('two-holders') === true ? -1 : VERDICTS.indexOf(row.verdict),
    acquiredMs: row.acquiredAt?.ms ?? Number.MAX_VALUE,
    expiresMs: row.expiresAt?.ms ?? Number.MAX_VALUE,
    waits: row.waiters ?? 0,
  };
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What decides where the column does not: source, name, key. Total, so that rows never swap places without a reason. */
export function byName(a: Entry, b: Entry): number {
  return text(a.source, b.source) || text(a.resource, b.resource) || text(a.row.key, b.row.key);
}

/** The order of the column, and of names within it. */
export function comparator(sort: Sort): Compare {
  const sign = signOf(sort);
  const primary = primaryOf(sort.column);
  return (a, b) => primary(a, b) * sign || byName(a, b);
}

/** Entries that are in order by name already, in the order of `sort`. Agrees with `comparator`, and costs less. */
export function reorder(named: readonly Entry[], sort: Sort): Entry[] {
  const sign = signOf(sort);
  const words = wordsOf(sort.column);
  if (words === null) {
    const primary = primaryOf(sort.column);
    // Sorting is stable: what the column does not decide stays as it is.
    return [...named].sort((a, b) => primary(a, b) * sign);
  }
  const places = placesOf(named, words);
  const placed = named.map((entry) => ({ entry, place: places.get(words(entry)) ?? 0 }));
  return placed.sort((a, b) => (a.place - b.place) * sign).map(({ entry }) => entry);
}

function signOf(sort: Sort): 1 | -1 {
  return sort.direction === 'ascending' ? 1 : -1;
}

/** The text of a column in which many rows say the same: comparing numbers instead is many times faster. */
function wordsOf(column: Column): ((entry: Entry) => string) | null {
  switch (column) {
    case 'kind':
      return (entry) => entry.row.kind;
    case 'holder':
      return (entry) => entry.holder;
    case 'source':
      return (entry) => entry.source;
    case 'verdict':
    case 'resource':
    case 'held':
    case 'left':
    case 'waits':
      return null;
    default:
      return assertNever(column);
  }
}

function placesOf(entries: readonly Entry[], words: (entry: Entry) => string): ReadonlyMap<string, number> {
  const distinct = [...new Set(entries.map(words))].sort(text);
  return new Map(distinct.map((word, place) => [word, place]));
}

function primaryOf(column: Column): Compare {
  switch (column) {
    case 'verdict':
      return (a, b) => a.verdict - b.verdict || byExpiryWhereItMatters(a, b);
    case 'resource':
      return (a, b) => text(a.resource, b.resource);
    case 'kind':
      return (a, b) => text(a.row.kind, b.row.kind);
    case 'holder':
      return (a, b) => text(a.holder, b.holder);
    case 'held':
      // The longest held first: that is what one looks for.
      return (a, b) => a.acquiredMs - b.acquiredMs;
    case 'left':
      return (a, b) => a.expiresMs - b.expiresMs;
    case 'waits':
      // Those that most wait for first: that is what one looks for.
      return (a, b) => b.waits - a.waits;
    case 'source':
      return (a, b) => text(a.source, b.source);
    default:
      return assertNever(column);
  }
}

/** Among stale and expiring claims the longest over comes first; live ones stay put when their lease is extended. */
function byExpiryWhereItMatters(a: Entry, b: Entry): number {
  if (!isStale(a.row.verdict) && a.row.verdict !== 'expiring') return 0;
  return a.expiresMs - b.expiresMs;
}
