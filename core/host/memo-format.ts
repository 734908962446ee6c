import { createHmac, timingSafeEqual } from 'node:crypto';
import { endianness } from 'node:os';

/** Numbers or bytes of one kind, as a memo holds them. */
export type Column = Float64Array | Uint32Array | Int32Array | Uint8Array;

/** What a memo tells: something small that was JSON, and columns by their names. */
export interface MemoContent {
  readonly about: unknown;
  readonly columns: Readonly<Record<string, Column>>;
}

/** Eight-byte steps, so that every column can be used where it lies. */
const STEP = 8;
const MAGIC = Buffer.from('lockscope memo 1');
const DIGEST_BYTES = 32;
/** So many bytes are handed on, or hashed, at a time: well below a millisecond or two. */
const MEMO_PIECE = 1 << 20;

const MAKERS = {
  f64: Float64Array,
  u32: Uint32Array,
  i32: Int32Array,
  u8: Uint8Array,
} as const;

type ColumnKind = keyof typeof MAKERS;

interface Header {
  readonly endianness: 'BE' | 'LE';
  readonly about: unknown;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind; readonly count: number }[];
}

/** How many bytes the columns take, at least: what makes a memo large. */
export function sizeOfColumns({ columns }: MemoContent): number {
  return Object.values(columns).reduce((sum, column) => sum + column.byteLength, 0);
}

/**
 * A memo as bytes, in pieces of at most 1 MiB: beginning, header, columns, and a digest by `key` of all that. The pieces
 * are views of the columns: write each before the next is asked for.
 */
export function* memoPieces(content: MemoContent, key: Uint8Array): IterableIterator<Uint8Array> {
  const hmac = createHmac('sha256', key);
  for (const piece of bodyPieces(content)) {
    hmac.update(piece);
    yield piece;
  }
  yield hmac.digest();
}

function* bodyPieces({ about, columns }: MemoContent): IterableIterator<Uint8Array> {
  const entries = Object.entries(columns);
  const header: Header = {
    endianness: endianness(),
    about,
    columns: entries.map(([name, column]) => ({ name, kind: kindOf(column), count: column.length })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(STEP);
  length.writeUInt32LE(text.length);
  yield Buffer.concat([MAGIC, length, text, padding(text.length)]);
  for (const [, column] of entries) {
    for (let from = 0; from < column.byteLength; from += MEMO_PIECE) {
      const size = Math.min(MEMO_PIECE, column.byteLength - from);
      yield new Uint8Array(column.buffer, column.byteOffset + from, size);
    }
    yield padding(column.byteLength);
  }
}

function padding(size: number): Uint8Array {
  return new Uint8Array((STEP - (size % STEP)) % STEP);
}

function kindOf(column: Column): ColumnKind {
  if (column instanceof Float64Array) return 'f64';
  if (column instanceof Uint32Array) return 'u32';
  return column instanceof Int32Array ? 'i32' : 'u8';
}

/**
 * What a memo of these bytes tells; null when they are not exactly what was once written with this key. The columns are
 * views of `bytes`, which must begin at the beginning of its room. `turn` is awaited now and then.
 */
export async function readMemo(
  bytes: Uint8Array<ArrayBuffer>,
  key: Uint8Array,
  turn: () => Promise<unknown>,
): Promise<MemoContent | null> {
  const bodyLength = bytes.length - DIGEST_BYTES;
  if (bodyLength < MAGIC.length + STEP || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return null;
  const hmac = createHmac('sha256', key);
  for (let from = 0; from < bodyLength; from += MEMO_PIECE) {
    hmac.update(bytes.subarray(from, Math.min(from + MEMO_PIECE, bodyLength)));
    await turn();
  }
  if (!timingSafeEqual(hmac.digest(), bytes.subarray(bodyLength))) return null;
  return contentOf(bytes.subarray(0, bodyLength));
}

/** Only of bytes whose digest is right: they are what `bodyPieces` made of them. */
function contentOf(body: Uint8Array<ArrayBuffer>): MemoContent | null {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  const headerAt = MAGIC.length + STEP;
  const length = buffer.readUInt32LE(MAGIC.length);
  const header = JSON.parse(buffer.toString('utf8', headerAt, headerAt + length)) as Header;
  if (header.endianness !== endianness()) return null;
  const columns: Record<string, Column> = {};
  let at = headerAt + length + padding(length).length;
  for (const { name, kind, count } of header.columns) {
    const column = new MAKERS[kind](body.buffer, body.byteOffset + at, count);
    columns[name] = column;
    at += column.byteLength + padding(column.byteLength).length;
  }
  return { about: header.about, columns };
}
