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

interface Keys {
  readonly resource: string;
  readonly holder: string;
  readonly verdict: number;
}

const keysOf = new WeakMap<ClaimRow, Keys>();

function keys(row: ClaimRow): Keys {
  const known = keysOf.get(row);
  if (known !== undefined) return known;
  const made = {
    resource: naturalKey(row.resource),
    // Nobody known comes last.
    holder: row.holder === null ? '\uffff' : naturalKey(row.holder.slice(0, COMPARED).toLowerCase()),
    verdict: VERDICTS.indexOf(row.verdict),
  };
  keysOf.set(row, made);
  return made;
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares two rows; whatever the column, the order is total, so that rows never swap places without a reason. */
export function comparator(
  sort: Sort,
  sourceTitle: (sourceId: string) => string,
): (a: ClaimRow, b: ClaimRow) => number {
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const sources = new Map<string, string>();
  const source = (row: ClaimRow): string => {
    const known = sources.get(row.sourceId);
    if (known !== undefined) return known;
    const made = naturalKey(sourceTitle(row.sourceId));
    sources.set(row.sourceId, made);
    return made;
  };
  const byName = (a: ClaimRow, b: ClaimRow): number =>
    text(source(a), source(b)) || text(keys(a).resource, keys(b).resource) || text(a.key, b.key);
  const primary = primaryOf(sort.column, source);
  return (a, b) => {
    const first = primary(a, b);
    return first === 0 ? byName(a, b) : first * sign;
  };
}

function primaryOf(column: Column, source: (row: ClaimRow) => string): (a: ClaimRow, b: ClaimRow) => number {
  switch (column) {
    case 'verdict':
      return (a, b) => keys(a).verdict - keys(b).verdict || byExpiryWhereItMatters(a, b);
    case 'resource':
      return (a, b) => text(keys(a).resource, keys(b).resource);
    case 'kind':
      return (a, b) => text(a.kind, b.kind);
    case 'holder':
      return (a, b) => text(keys(a).holder, keys(b).holder);
    case 'held':
      // The longest held first: that is what one looks for.
      return (a, b) => (a.acquiredAt?.ms ?? Number.MAX_VALUE) - (b.acquiredAt?.ms ?? Number.MAX_VALUE);
    case 'left':
      return (a, b) => (a.expiresAt?.ms ?? Number.MAX_VALUE) - (b.expiresAt?.ms ?? Number.MAX_VALUE);
    case 'source':
      return (a, b) => text(source(a), source(b));
    default:
      return assertNever(column);
  }
}

/** Among stale and expiring claims the longest over comes first; live ones stay put when their lease is extended. */
function byExpiryWhereItMatters(a: ClaimRow, b: ClaimRow): number {
  if (!isStale(a.verdict) && a.verdict !== 'expiring') return 0;
  return (a.expiresAt?.ms ?? Number.MAX_VALUE) - (b.expiresAt?.ms ?? Number.MAX_VALUE);
}

/**
 * Puts claims in order, starting from the order before: a list that is nearly in order already is sorted in
 * linear time, so one changed row among 50,000 costs a few milliseconds.
 */
export function createOrderer(): (
  claims: ReadonlyMap<string, ClaimRow>,
  sort: Sort,
  sourceTitle: (sourceId: string) => string,
) => readonly ClaimRow[] {
  let before: readonly ClaimRow[] = [];
  return (claims, sort, sourceTitle) => {
    const rows: ClaimRow[] = [];
    const placed = new Set<string>();
    for (const { key } of before) {
      const row = claims.get(key);
      if (row === undefined) continue;
      rows.push(row);
      placed.add(key);
    }
    if (placed.size !== claims.size) for (const row of claims.values()) if (!placed.has(row.key)) rows.push(row);
    rows.sort(comparator(sort, sourceTitle));
    before = rows;
    return rows;
  };
}
