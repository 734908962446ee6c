import type { ClaimRow, SourceRow } from '../../core/model';
import { createMatcher, inPreset, PRESETS, type Preset, parseFilter } from './filter';
import type { Sort } from './order';
import { createOrderer } from './orderer';
import type { Picture } from './picture';

/** What the operator asked to see. */
export interface ViewChoice {
  readonly preset: Preset;
  /** The filter as typed. */
  readonly filter: string;
  /** Only this source; null for all. */
  readonly sourceId: string | null;
  /** Only this holder, by its exact name; null for all. */
  readonly holder: string | null;
  readonly sort: Sort;
}

/** The rows of the table, in their order, and what each preset would show. */
export interface Visible {
  readonly rows: readonly ClaimRow[];
  /** Where the row with that key stands in `rows`. Looks through them: for the few rows that one asks about. */
  readonly indexOf: (key: string) => number | undefined;
  readonly counts: Readonly<Record<Preset, number>>;
}

export interface HolderCount {
  readonly name: string;
  readonly count: number;
}

/** Remembers the last answer: the same picture and choice give the same object again. */
export function createVisible(): (picture: Picture, choice: ViewChoice) => Visible {
  const order = createOrderer();
  let orderedFor: readonly [unknown, unknown, string] | null = null;
  let ordered: readonly ClaimRow[] = [];
  let shownFor: readonly unknown[] = [];
  let shown: Visible = { rows: [], indexOf: () => undefined, counts: noCounts() };

  return (picture, choice) => {
    const titles = titlesOf(picture.sources);
    const title = (sourceId: string): string => titles.get(sourceId) ?? '';
    const allTitles = [...titles].flat().join('\n');
    if (
      orderedFor === null ||
      orderedFor[0] !== picture.claims ||
      orderedFor[1] !== choice.sort ||
      orderedFor[2] !== allTitles
    ) {
      ordered = order(picture.claims, choice.sort, titles, picture.touched);
      orderedFor = [picture.claims, choice.sort, allTitles];
    }
    const asked = [ordered, choice.preset, choice.filter, choice.sourceId, choice.holder];
    if (asked.every((value, at) => value === shownFor[at])) return shown;
    shownFor = asked;

    const matches = createMatcher(parseFilter(choice.filter), title);
    const rows: ClaimRow[] = [];
    const counts = noCounts();
    for (const row of ordered) {
      if (choice.sourceId !== null && row.sourceId !== choice.sourceId) continue;
      if (choice.holder !== null && row.holder !== choice.holder) continue;
      if (!matches(row)) continue;
      for (const preset of PRESETS) if (inPreset(row, preset)) counts[preset] += 1;
      if (inPreset(row, choice.preset)) rows.push(row);
    }
    shown = { rows, indexOf: (key) => indexIn(rows, key), counts };
    return shown;
  };
}

function noCounts(): Record<Preset, number> {
  return { all: 0, stale: 0, contended: 0, expiring: 0 };
}

function indexIn(rows: readonly ClaimRow[], key: string): number | undefined {
  const index = rows.findIndex((row) => row.key === key);
  return index === -1 ? undefined : index;
}

function titlesOf(sources: readonly SourceRow[]): ReadonlyMap<string, string> {
  return new Map(sources.map((source) => [source.id, source.title]));
}

/** Holders by how much they hold, the busiest first. Remembers the last answer. */
export function createHolderCounts(): (claims: ReadonlyMap<string, ClaimRow>) => readonly HolderCount[] {
  let countedFor: unknown = null;
  let counted: readonly HolderCount[] = [];
  return (claims) => {
    if (countedFor === claims) return counted;
    countedFor = claims;
    const counts = new Map<string, number>();
    for (const row of claims.values()) {
      if (row.holder !== null) counts.set(row.holder, (counts.get(row.holder) ?? 0) + 1);
    }
    counted = [...counts]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
    return counted;
  };
}
