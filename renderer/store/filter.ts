import { type ClaimRow, isStale } from '../../core/model';

export const PRESETS = ['all', 'stale', 'expiring'] as const;
export type Preset = (typeof PRESETS)[number];

export const FIELDS = ['holder', 'verdict', 'kind', 'source', 'resource', 'protocol'] as const;
export type Field = (typeof FIELDS)[number];

/** One condition of a filter. A condition without a field looks everywhere. */
export interface Term {
  readonly field: Field | null;
  /** In lower case. */
  readonly text: string;
  /** `-word`: must not match. */
  readonly negated: boolean;
}

/** Hostile names: only this much of one is searched. */
const SEARCHED = 4096;

/**
 * Reads a filter as it is typed: free words, `field:value`, `"in quotes"`, and a leading `-` for the opposite.
 * An unknown field is a free word (`a:b` may well be part of a name). `any` as a value matches all.
 * A field without a value yet says nothing.
 */
export function parseFilter(input: string): readonly Term[] {
  const terms: Term[] = [];
  const pattern = /(-?)(?:([a-z]+):)?(?:"([^"]*)"?|([^\s"]+))?/giy;
  let at = 0;
  while (at < input.length) {
    if (/\s/.test(input.charAt(at))) {
      at += 1;
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(input);
    if (match === null || match[0] === '') {
      at += 1;
      continue;
    }
    at += match[0].length;
    const term = termOf(match[1] === '-', match[2]?.toLowerCase(), match[3] ?? match[4] ?? '');
    if (term !== null) terms.push(term);
  }
  return terms;
}

function termOf(negated: boolean, name: string | undefined, value: string): Term | null {
  const text = value.toLowerCase();
  if (name === undefined) return text === '' ? null : { field: null, text, negated };
  const field = FIELDS.find((known) => known === name);
  if (field === undefined) return { field: null, text: `${name}:${text}`, negated };
  return text === '' || text === 'any' ? null : { field, text, negated };
}

const haystacks = new WeakMap<ClaimRow, string>();

function haystack(row: ClaimRow): string {
  const known = haystacks.get(row);
  if (known !== undefined) return known;
  const parts = [row.resource, row.title, row.holder, row.holderNote, row.kind, row.verdict];
  const made = parts
    .map((part) => (part ?? '').slice(0, SEARCHED))
    .join('\n')
    .toLowerCase();
  haystacks.set(row, made);
  return made;
}

function matchesTerm(row: ClaimRow, term: Term, sourceTitle: string): boolean {
  switch (term.field) {
    case null:
      return haystack(row).includes(term.text) || sourceTitle.includes(term.text);
    case 'verdict':
      return term.text === 'stale' ? isStale(row.verdict) : row.verdict.startsWith(term.text);
    case 'holder':
      return (row.holder ?? '').slice(0, SEARCHED).toLowerCase().includes(term.text);
    case 'resource':
      return row.resource.slice(0, SEARCHED).toLowerCase().includes(term.text);
    case 'kind':
      return row.kind.toLowerCase().startsWith(term.text);
    case 'protocol':
      return row.protocol.toLowerCase().startsWith(term.text);
    case 'source':
      return sourceTitle.includes(term.text);
  }
}

/**
 * The rule of a filter: every free word must match, of several values for one field any one, and nothing negated.
 */
export function createMatcher(
  terms: readonly Term[],
  sourceTitle: (sourceId: string) => string,
): (row: ClaimRow) => boolean {
  const titles = new Map<string, string>();
  const title = (sourceId: string): string => {
    const known = titles.get(sourceId);
    if (known !== undefined) return known;
    const made = sourceTitle(sourceId).slice(0, SEARCHED).toLowerCase();
    titles.set(sourceId, made);
    return made;
  };
  const required = terms.filter((term) => term.field === null && !term.negated);
  const excluded = terms.filter((term) => term.negated);
  const fields = new Map<Field, Term[]>();
  for (const term of terms) {
    if (term.field === null || term.negated) continue;
    fields.set(term.field, [...(fields.get(term.field) ?? []), term]);
  }
  const choices = [...fields.values()];
  return (row) => {
    const source = title(row.sourceId);
    return (
      required.every((term) => matchesTerm(row, term, source)) &&
      choices.every((some) => some.some((term) => matchesTerm(row, term, source))) &&
      !excluded.some((term) => matchesTerm(row, term, source))
    );
  };
}

export function inPreset(row: ClaimRow, preset: Preset): boolean {
  return preset === 'all' || (preset === 'stale' ? isStale(row.verdict) : row.verdict === 'expiring');
}
