import type { EntryKind } from '../../host/native-files';
import type { Dialect } from '../replay/replay';
import { grown } from './text-column';

/** One entry of a ledger folder. A link is no folder here, wherever it leads. */
export interface ListedName {
  readonly name: string;
  readonly isFolder: boolean;
}

const DOT_JSON = '.json';
const PREFIX = 'event-';
/** More digits are no number of an event that anybody has. */
const MOST_DIGITS = 9;

/**
 * What stands in a ledger folder. Names of events that are spelled as they should be are kept as their numbers alone:
 * nearly all are, and there may be very many.
 */
export class LedgerNames {
  readonly #living = new Numbers();
  readonly #seed = new Numbers();
  /** All other entries. */
  readonly others: ListedName[] = [];

  static of(entries: Iterable<ListedName>): LedgerNames {
    const names = new LedgerNames();
    for (const { name, isFolder } of entries) names.add(name, isFolder);
    return names;
  }

  /** The numbers of the well-spelled names of a dialect, in the order of the listing. A number may come twice. */
  plain(naming: Dialect): Uint32Array {
    return (naming === 'living' ? this.#living : this.#seed).all();
  }

  get count(): number {
    return this.#living.count + this.#seed.count + this.others.length;
  }

  add(name: string, isFolder: boolean): void {
    const isSeed = name.startsWith(PREFIX);
    const number = isFolder || !name.endsWith(DOT_JSON) ? -1 : plainNumber(name, isSeed);
    if (number < 0) this.others.push({ name, isFolder });
    else (isSeed ? this.#seed : this.#living).add(number);
  }

  /** The same for a name that is given as bytes, most of which are then never made into a string. */
  addBytes(room: Uint8Array, from: number, to: number, kind: EntryKind, isFolder: (name: string) => boolean): void {
    const isSeed = room[from] === 0x65;
    const number = kind === 'folder' || kind === 'unknown' ? -1 : plainNumberIn(room, from, to, isSeed);
    if (number >= 0) {
      (isSeed ? this.#seed : this.#living).add(number);
      return;
    }
    const name = Buffer.from(room.buffer, room.byteOffset + from, to - from).toString();
    this.add(name, kind === 'folder' || (kind === 'unknown' && isFolder(name)));
  }
}

/** The number of a name that is spelled as it should be (six digits, or more without a zero ahead); -1 of any other. */
function plainNumber(name: string, isSeed: boolean): number {
  const from = isSeed ? PREFIX.length : 0;
  const digits = name.length - from - DOT_JSON.length;
  if (digits < 6 || digits > MOST_DIGITS) return -1;
  let number = 0;
  for (let i = from; i < from + digits; i += 1) {
    const digit = name.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return digits > 6 && number < 10 ** (digits - 1) ? -1 : number;
}

const PREFIX_BYTES = Buffer.from(PREFIX);
const DOT_JSON_BYTES = Buffer.from(DOT_JSON);

function plainNumberIn(room: Uint8Array, at: number, to: number, isSeed: boolean): number {
  const from = isSeed ? at + PREFIX_BYTES.length : at;
  const end = to - DOT_JSON_BYTES.length;
  const digits = end - from;
  if (digits < 6 || digits > MOST_DIGITS) return -1;
  if (isSeed) for (let i = 0; i < PREFIX_BYTES.length; i += 1) if (room[at + i] !== PREFIX_BYTES[i]) return -1;
  for (let i = 0; i < DOT_JSON_BYTES.length; i += 1) if (room[end + i] !== DOT_JSON_BYTES[i]) return -1;
  let number = 0;
  for (let i = from; i < end; i += 1) {
    const digit = (room[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return digits > 6 && number < 10 ** (digits - 1) ? -1 : number;
}

class Numbers {
  #numbers: Uint32Array = new Uint32Array(0);
  count = 0;

  add(number: number): void {
    if (this.count === this.#numbers.length) this.#numbers = grown(this.#numbers, this.count + 1, Uint32Array);
    this.#numbers[this.count] = number;
    this.count += 1;
  }

  all(): Uint32Array {
    return this.#numbers.subarray(0, this.count);
  }
}
