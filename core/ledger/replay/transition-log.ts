import type { Instant, TransitionKind } from '../../model';
import { parseGoTime } from '../events/go-time';
import { PlainTime } from '../events/plain-time';
import { grown, isTextColumn, TextColumn, type TextColumnData, withRoom } from '../events/text-column';
import type { LedgerTransition } from './replay';

/** The kinds by their number in the column. Only ever appended to: it is written to disk. */
const KINDS: readonly TransitionKind[] = [
  'taken',
  'extended',
  'released',
  'reaped',
  'expired',
  'holder-died',
  'dropped',
];
const KIND_NUMBERS: ReadonlyMap<TransitionKind, number> = new Map(KINDS.map((kind, i) => [kind, i]));

const NONE = -1;

/** So many bytes of time a transition has, more or less: of most two, to the millisecond. */
const TIME_BYTES = 48;

/**
 * A log's columns as plain data: element `i` of each belongs to transition `i`, the oldest first. Typed arrays are
 * views of the log's own room, good until something is added; copy what is to be kept.
 */
export interface TransitionColumns {
  readonly count: number;
  /** The number of the kind: taken 0, extended 1, released 2, reaped 3, expired 4, holder-died 5, dropped 6. */
  readonly kinds: Uint8Array;
  /** Index into `nodeNames`. */
  readonly nodes: Uint32Array;
  /** Index into `holderNames`; -1 for none. */
  readonly holders: Int32Array;
  readonly sequences: Uint32Array;
  /** The transition before it of the same node; -1 for none. */
  readonly previous: Int32Array;
  /** The times as they are written, `at` and `until` in turn: so twice `count` texts. Empty for none. */
  readonly times: TextColumnData;
  readonly nodeNames: readonly string[];
  readonly holderNames: readonly string[];
}

/**
 * All recorded transitions of a ledger, in its order, in typed columns: about 75 bytes each instead of an object with
 * two times. What is given back equals what was added, times to the letter.
 *
 * `columns` gives it as plain typed arrays and lists of names, and `fromColumns` takes those back.
 */
export class TransitionLog {
  #count = 0;
  #kinds: Uint8Array = new Uint8Array(0);
  #nodes: Uint32Array = new Uint32Array(0);
  #holders: Int32Array = new Int32Array(0);
  #sequences: Uint32Array = new Uint32Array(0);
  #previous: Int32Array = new Int32Array(0);
  #times = new TextColumn();
  readonly #nodeNames = new Names();
  readonly #holderNames = new Names();
  /** The newest transition of each node. */
  #newest: Int32Array = new Int32Array(0);

  get count(): number {
    return this.#count;
  }

  /** `source`: the bytes that its times were read from, where those may be copied. */
  add({ kind, node, holder, sequence, at, until }: LedgerTransition, source: Uint8Array | null = null): void {
    const index = this.#count;
    if (index === this.#kinds.length) this.#grow();
    const nodeNumber = this.#nodeNames.numberOf(node);
    this.#kinds[index] = KIND_NUMBERS.get(kind) ?? 0;
    this.#nodes[index] = nodeNumber;
    this.#holders[index] = holder === null ? NONE : this.#holderNames.numberOf(holder);
    this.#sequences[index] = sequence;
    this.#addTime(at, source);
    this.#addTime(until, source);
    this.#previous[index] = this.#newestOf(nodeNumber);
    this.#setNewest(nodeNumber, index);
    this.#count = index + 1;
  }

  /** The newest `limit` transitions of a node, oldest first. Cost follows what is given back. */
  newestOf(node: string, limit: number): readonly LedgerTransition[] {
    const number = this.#nodeNames.find(node);
    if (number === undefined) return [];
    const found: LedgerTransition[] = [];
    let index = this.#newestOf(number);
    while (index !== NONE && found.length < limit) {
      found.push(this.at(index));
      index = this.#previous[index] ?? NONE;
    }
    return found.reverse();
  }

  /** Transition `index`, from 0 on; it must be there. */
  at(index: number): LedgerTransition {
    const holder = this.#holders[index] ?? NONE;
    return {
      node: this.#nodeNames.at(this.#nodes[index] ?? 0),
      kind: KINDS[this.#kinds[index] ?? 0] ?? 'taken',
      at: toInstant(this.#times.at(2 * index)),
      sequence: this.#sequences[index] ?? 0,
      holder: holder === NONE ? null : this.#holderNames.at(holder),
      until: toInstant(this.#times.at(2 * index + 1)),
    };
  }

  /** Transitions `from` up to `to`, which is left out, in their order. */
  *range(from = 0, to = this.#count): IterableIterator<LedgerTransition> {
    for (let index = from; index < Math.min(to, this.#count); index += 1) yield this.at(index);
  }

  columns(): TransitionColumns {
    const count = this.#count;
    return {
      count,
      kinds: this.#kinds.subarray(0, count),
      nodes: this.#nodes.subarray(0, count),
      holders: this.#holders.subarray(0, count),
      sequences: this.#sequences.subarray(0, count),
      previous: this.#previous.subarray(0, count),
      times: this.#times.data(),
      nodeNames: this.#nodeNames.all,
      holderNames: this.#holderNames.all,
    };
  }

  /**
   * The log that gave these columns, which become its own room. Null when they do not fit one another: no number
   * leads out of its column, so columns from anywhere do no harm (a text that is no time reads as none).
   */
  static fromColumns(columns: TransitionColumns): TransitionLog | null {
    if (!fit(columns)) return null;
    const log = new TransitionLog();
    for (const name of columns.nodeNames) log.#nodeNames.numberOf(name);
    for (const name of columns.holderNames) log.#holderNames.numberOf(name);
    if (log.#nodeNames.all.length !== columns.nodeNames.length) return null;
    if (log.#holderNames.all.length !== columns.holderNames.length) return null;
    log.#count = columns.count;
    log.#kinds = columns.kinds;
    log.#nodes = columns.nodes;
    log.#holders = columns.holders;
    log.#sequences = columns.sequences;
    log.#previous = columns.previous;
    log.#times = new TextColumn(columns.times);
    for (let index = 0; index < columns.count; index += 1) {
      const node = columns.nodes[index] ?? 0;
      if (columns.previous[index] !== log.#newestOf(node)) return null;
      log.#setNewest(node, index);
    }
    return log;
  }

  #addTime(time: Instant | null, source: Uint8Array | null): void {
    if (time === null) this.#times.add('');
    else if (source !== null && time instanceof PlainTime) {
      this.#times.addBytes(source, time.from, time.from + time.length);
    } else this.#times.add(time.text);
  }

  #newestOf(node: number): number {
    return node < this.#nodeNames.all.length && node < this.#newest.length ? (this.#newest[node] ?? 0) - 1 : NONE;
  }

  /** Kept as one more, so that a fresh room says none. */
  #setNewest(node: number, index: number): void {
    if (node >= this.#newest.length) this.#newest = grown(this.#newest, node + 1, Int32Array);
    this.#newest[node] = index + 1;
  }

  /** Makes room at once for about so many more, instead of step by step. */
  reserve(more: number): void {
    const wanted = this.#count + more;
    this.#kinds = withRoom(this.#kinds, wanted, Uint8Array);
    this.#nodes = withRoom(this.#nodes, wanted, Uint32Array);
    this.#holders = withRoom(this.#holders, wanted, Int32Array);
    this.#sequences = withRoom(this.#sequences, wanted, Uint32Array);
    this.#previous = withRoom(this.#previous, wanted, Int32Array);
    this.#times.reserve(2 * more, TIME_BYTES * more);
  }

  #grow(): void {
    const wanted = this.#count + 1;
    this.#kinds = grown(this.#kinds, wanted, Uint8Array);
    const { length } = this.#kinds;
    this.#nodes = grown(this.#nodes, length, Uint32Array);
    this.#holders = grown(this.#holders, length, Int32Array);
    this.#sequences = grown(this.#sequences, length, Uint32Array);
    this.#previous = grown(this.#previous, length, Int32Array);
  }
}

/** Names, each kept once and numbered from 0 in the order of their first coming. */
class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.length;
    this.#numbers.set(name, number);
    this.all.push(name);
    return number;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  at(number: number): string {
    return this.all[number] ?? '';
  }
}

function toInstant(text: string): Instant | null {
  if (text === '') return null;
  const parsed = parseGoTime(text);
  return 'fault' in parsed ? null : parsed;
}

function fit({ count, kinds, nodes, holders, sequences, previous, times, ...names }: TransitionColumns): boolean {
  if (![kinds, nodes, holders, sequences, previous].every((column) => column.length === count)) return false;
  if (times.ends.length !== 2 * count || !isTextColumn(times)) return false;
  for (let i = 0; i < count; i += 1) {
    if ((kinds[i] ?? 0) >= KINDS.length) return false;
    if ((nodes[i] ?? 0) >= names.nodeNames.length) return false;
    const holder = holders[i] ?? 0;
    if (holder < NONE || holder >= names.holderNames.length) return false;
  }
  return true;
}
