import { assertNever, type ClaimRow, isStale, VERDICTS } from '../../core/model';

export const COLUMNS = ['verdict', 'resource', 'kind', 'holder', 'held', 'left', 'source'] as const;
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
interface Entry {
  readonly row: ClaimRow;
  readonly resource: string;
  readonly holder: string;
  readonly source: string;
  readonly verdict: number;
  readonly acquiredMs: number;
  readonly expiresMs: number;
}

type Compare = (a: Entry, b: Entry) => number;

function entryOf(row: ClaimRow, source: string): Entry {
  return {
    row,
    resource: naturalKey(row.resource),
    // Nobody known comes last.
    holder: row.holder === null ? '\uffff' : naturalKey(row.holder.slice(0, COMPARED).toLowerCase()),
    source,
    verdict: VERDICTS.indexOf(row.verdict),
    acquiredMs: row.acquiredAt?.ms ?? Number.MAX_VALUE,
    expiresMs: row.expiresAt?.ms ?? Number.MAX_VALUE,
  };
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whatever the column, the order is total, so that rows never swap places without a reason. */
function comparator(sort: Sort): Compare {
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const primary = primaryOf(sort.column);
  return (a, b) =>
    primary(a, b) * sign || text(a.source, b.source) || text(a.resource, b.resource) || text(a.row.key, b.row.key);
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

/**
 * Puts claims in order. Remembers the order before: of the same order only the rows that changed are sorted, and
 * merged into the others, so that one changed row among 50,000 costs a few milliseconds.
 */
export function createOrderer(): (
  claims: ReadonlyMap<string, ClaimRow>,
  sort: Sort,
  sourceTitles: ReadonlyMap<string, string>,
) => readonly ClaimRow[] {
  let entries: readonly Entry[] = [];
  let orderedBy: Sort | null = null;
  return (claims, sort, sourceTitles) => {
    const sources = new Map([...sourceTitles].map(([id, title]) => [id, naturalKey(title)]));
    const kept: Entry[] = [];
    const placed = new Set<string>();
    for (const entry of entries) {
      const row = claims.get(entry.row.key);
      if (row !== entry.row || entry.source !== (sources.get(row.sourceId) ?? '')) continue;
      kept.push(entry);
      placed.add(row.key);
    }
    const fresh: Entry[] = [];
    if (placed.size !== claims.size) {
      for (const row of claims.values()) {
        if (!placed.has(row.key)) fresh.push(entryOf(row, sources.get(row.sourceId) ?? ''));
      }
    }
    const compare = comparator(sort);
    const isSame = orderedBy?.column === sort.column && orderedBy.direction === sort.direction;
    entries = isSame ? merge(kept, fresh.sort(compare), compare) : kept.concat(fresh).sort(compare);
    orderedBy = sort;
    return entries.map((entry) => entry.row);
  };
}

/** Two lists in order as one. */
function merge(a: readonly Entry[], b: readonly Entry[], compare: Compare): readonly Entry[] {
  if (b.length === 0) return a;
  const merged: Entry[] = [];
  let at = 0;
  for (const entry of b) {
    for (;;) {
      const next = a[at];
      if (next === undefined || compare(next, entry) > 0) break;
      merged.push(next);
      at += 1;
    }
    merged.push(entry);
  }
  return merged.concat(a.slice(at));
}
