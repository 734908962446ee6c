import { assertNever, type ClaimFlag, type ClaimRow, flagWord, isStale, type Verdict } from '../../core/model';

/** In the order in which the window has them; the keys 1 to 4 are for them. */
export const PRESETS = ['all', 'stale', 'contended', 'expiring'] as const;
export type Preset = (typeof PRESETS)[number];

export const FIELDS = ['holder', 'verdict', 'kind', 'source', 'resource', 'protocol', 'is'] as const;
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

/** What of a row is searched: cut, in lower case, worked out once. */
interface Searched {
  readonly all: string;
  readonly holder: string;
  readonly resource: string;
  readonly kind: string;
  readonly protocol: string;
  /** What `is:` finds it by. */
  readonly is: readonly string[];
}

const searchedOf = new WeakMap<ClaimRow, Searched>();

/** Works out what of a row is searched, so that the first letter of a filter need not wait for it. */
export function makeSearchable(row: ClaimRow): void {
  searched(row);
}

function searched(row: ClaimRow): Searched {
  const known = searchedOf.get(row);
  if (known !== undefined) return known;
  const holder = lower(row.holder);
  const resource = lower(row.resource);
  const kind = lower(row.kind);
  const is = qualitiesOf(row);
  const flags = row.flags === undefined ? '' : `\n${row.flags.map(flagWord).join('\n').toLowerCase()}`;
  const all = `${resource}\n${lower(row.title)}\n${holder}\n${lower(row.holderNote)}\n${kind}\n${row.verdict}${flags}`;
  const made = { all, holder, resource, kind, protocol: lower(row.protocol), is };
  searchedOf.set(row, made);
  return made;
}

function lower(text: string | null): string {
  return (text ?? '').slice(0, SEARCHED).toLowerCase();
}

function matchesTerm(row: Searched, verdict: Verdict, term: Term, sourceTitle: string): boolean {
  switch (term.field) {
    case null:
      return row.all.includes(term.text) || sourceTitle.includes(term.text);
    case 'verdict':
      return term.text === 'stale' ? isStale(verdict) : verdict.startsWith(term.text);
    case 'holder':
      return row.holder.includes(term.text);
    case 'resource':
      return row.resource.includes(term.text);
    case 'kind':
      return row.kind.startsWith(term.text);
    case 'protocol':
      return row.protocol.startsWith(term.text);
    case 'source':
      return sourceTitle.includes(term.text);
    case 'is':
      return row.is.some((word) => word.startsWith(term.text));
    default:
      return assertNever(term.field);
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
    const made = lower(sourceTitle(sourceId));
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
  if (terms.length === 0) return () => true;
  return (row) => {
    const source = title(row.sourceId);
    const text = searched(row);
    const holds = (term: Term): boolean => matchesTerm(text, row.verdict, term, source);
    return required.every(holds) && choices.every((some) => some.some(holds)) && !excluded.some(holds);
  };
}

/** Whether somebody is seen waiting for it, or somebody else has it at the same time. */
function isContended({ waiters = 0, flags = NO_FLAGS }: ClaimRow): boolean {
  return waiters > 0 || flags.includes('two-holders');
}

const NO_FLAGS: readonly ClaimFlag[] = [];
const NO_QUALITIES: readonly string[] = [];
const FLAG_QUALITIES: Record<ClaimFlag, string> = {
  'two-holders': 'two-holders',
  'zombie-holder': 'zombie',
  'ghost-lease': 'ghost',
};

function qualitiesOf(row: ClaimRow): readonly string[] {
  const qualities = [
    ...(isStale(row.verdict) ? ['stale'] : []),
    ...(isContended(row) ? ['contended'] : []),
    ...((row.waiters ?? 0) > 0 ? ['waited-for'] : []),
    ...(row.flags ?? NO_FLAGS).map((flag) => FLAG_QUALITIES[flag]),
  ];
  return qualities.length === 0 ? NO_QUALITIES : qualities;
}

export function inPreset(row: ClaimRow, preset: Preset): boolean {
  switch (preset) {
    case 'all':
      return true;
    case 'stale':
      return isStale(row.verdict);
    case 'contended':
      return isContended(row);
    case 'expiring':
      return row.verdict === 'expiring';
    default:
      return assertNever(preset);
  }
}
