const FIRST_ROOM = 64;
const FIRST_BYTES = 2_048;

/** What a column of texts holds, as plain data. `bytes` are Latin-1, one text after the other. */
export interface TextColumnData {
  readonly bytes: Uint8Array;
  /** Where each text ends in `bytes`; it begins where the one before ends. */
  readonly ends: Uint32Array;
}

/** Short texts of single-byte characters, one after the other in one room; the empty text stands for none. */
export class TextColumn {
  #bytes: Uint8Array;
  #ends: Uint32Array;
  #count: number;

  constructor(data: TextColumnData | null = null) {
    this.#bytes = data?.bytes ?? new Uint8Array(FIRST_BYTES);
    this.#ends = data?.ends ?? new Uint32Array(FIRST_ROOM);
    this.#count = data?.ends.length ?? 0;
  }

  get count(): number {
    return this.#count;
  }

  /** `text` must have no character above U+00FF. */
  add(text: string): void {
    const from = this.#makeRoom(text.length);
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i += 1) bytes[from + i] = text.charCodeAt(i);
  }

  /** The same for a text that stands between two places of `source`. */
  addBytes(source: Uint8Array, start: number, end: number): void {
    const from = this.#makeRoom(end - start);
    const bytes = this.#bytes;
    for (let i = start; i < end; i += 1) bytes[from + i - start] = source[i] ?? 0;
  }

  /** Makes room for so many more texts of about so many bytes together. */
  reserve(texts: number, bytes: number): void {
    this.#ends = withRoom(this.#ends, this.#count + texts, Uint32Array);
    this.#bytes = withRoom(this.#bytes, this.#startOf(this.#count) + bytes, Uint8Array);
  }

  /** Gives where the next text begins. */
  #makeRoom(length: number): number {
    const from = this.#startOf(this.#count);
    const to = from + length;
    if (this.#count === this.#ends.length) this.#ends = grown(this.#ends, this.#count + 1, Uint32Array);
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, to, Uint8Array);
    this.#ends[this.#count] = to;
    this.#count += 1;
    return from;
  }

  at(index: number): string {
    const from = this.#startOf(index);
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset).toString('latin1', from, this.#ends[index] ?? from);
  }

  /** Views of what there is, good until something is added. */
  data(): TextColumnData {
    return {
      bytes: this.#bytes.subarray(0, this.#startOf(this.#count)),
      ends: this.#ends.subarray(0, this.#count),
    };
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }
}

/** Whether these two fit each other: the texts follow one another, and fill the bytes. */
export function isTextColumn({ bytes, ends }: TextColumnData): boolean {
  let last = 0;
  for (let i = 0; i < ends.length; i += 1) {
    const end = ends[i] ?? 0;
    if (end < last) return false;
    last = end;
  }
  return last === bytes.length;
}

/** The same column with room for `wanted` elements: the column itself where it has that. */
export function withRoom<A extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  old: A,
  wanted: number,
  make: new (length: number) => A,
): A {
  if (wanted <= old.length) return old;
  const room = new make(wanted);
  room.set(old);
  return room;
}

/** A copy with room for at least `wanted` elements, and as many again. */
export function grown<A extends Uint8Array | Uint32Array | Int32Array>(
  old: A,
  wanted: number,
  make: new (length: number) => A,
): A {
  const room = new make(Math.max(2 * old.length, wanted, FIRST_ROOM));
  room.set(old);
  return room;
}
