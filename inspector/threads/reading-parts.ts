import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../../core/model';
import type { Reading } from '../../core/port';
import type { ReadingPart } from './messages';

/** A part holds at most this many claims, ids, transitions and findings, all together. */
export const ITEMS_IN_A_PART = 1_000;
/** A part whose names are so long is full before: names are hostile, and may be of any length. */
const CHARACTERS_IN_A_PART = 1 << 20;

const LISTS = ['removed', 'upserted', 'transitions', 'findings'] as const;

type Filling = { -readonly [L in (typeof LISTS)[number]]: ReadingPart[L][number][] };

/**
 * Cuts a reading into parts, none of which keeps a thread busy for long. There is always at least one.
 * `told` are the findings of the reading before: where they are the same, they do not cross again.
 */
export function* readingParts(reading: Reading, told: readonly Finding[] | null): Generator<ReadingPart> {
  const { removed, upserted, transitions, findings, ...rest } = reading;
  const areFindingsTheSame = told !== null && areSame(told, findings);
  const lists = { removed, upserted, transitions, findings: areFindingsTheSame ? [] : findings };
  let head: ReadingPart['head'] = rest;
  let part = emptyPart();
  let items = 0;
  let characters = 0;
  for (const list of LISTS) {
    // The compiler does not tie a list of the reading to the list of the same name in the part; the name does.
    const into: unknown[] = part[list];
    let filling = into;
    for (const item of lists[list]) {
      if (items >= ITEMS_IN_A_PART || characters >= CHARACTERS_IN_A_PART) {
        yield { head, ...part, areFindingsTheSame };
        head = null;
        part = emptyPart();
        filling = part[list];
        items = 0;
        characters = 0;
      }
      filling.push(item);
      items += 1;
      characters += textIn(item);
    }
  }
  yield { head, ...part, areFindingsTheSame };
}

/** Puts the parts of one reading together again. */
export class ReadingBuilder {
  #head: ReadingPart['head'] = null;
  #areFindingsTheSame = false;
  readonly #lists: Filling = emptyPart();

  add(part: ReadingPart): void {
    this.#head ??= part.head;
    this.#areFindingsTheSame ||= part.areFindingsTheSame;
    // A part is short enough to be handed on as arguments.
    this.#lists.removed.push(...part.removed);
    this.#lists.upserted.push(...part.upserted);
    this.#lists.transitions.push(...part.transitions);
    this.#lists.findings.push(...part.findings);
  }

  /** The whole reading. `told` are the findings of the reading before. Throws when a first part never came. */
  build(told: readonly Finding[]): Reading {
    if (this.#head === null) throw new Error('a reading without a beginning');
    return { ...this.#head, ...this.#lists, findings: this.#areFindingsTheSame ? told : this.#lists.findings };
  }
}

function emptyPart(): Filling {
  return { removed: [], upserted: [], transitions: [], findings: [] };
}

function areSame(a: readonly Finding[], b: readonly Finding[]): boolean {
  return a === b || (a.length === b.length && a.every((finding, i) => isDeepStrictEqual(finding, b[i])));
}

/** The length of all text in plain data. */
function textIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let length = 0;
  for (const each of Object.values(value)) length += textIn(each);
  return length;
}
