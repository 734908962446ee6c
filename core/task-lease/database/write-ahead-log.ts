import { readSync } from 'node:fs';
import { endianness } from 'node:os';
import type { LogIndex } from './log-index';

/** A log that is shorter has not even a whole header: for SQLite it is as good as not there. */
export const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const CHUNK_BYTES = 256 * 1024;
/** Of a log whose checksums are of little-endian numbers; the next one stands for big-endian. */
const MAGIC_LITTLE = 0x377f0682;
const MAGIC_BIG = 0x377f0683;
const FORMAT = 3_007_000;
/** What is read at once, as bytes and as numbers. */
const CHUNK = Buffer.from(new ArrayBuffer(CHUNK_BYTES));
const WORDS = new Int32Array(CHUNK.buffer);

/** Which pages of a database stand in its log as they were committed last. */
export interface CommittedPages {
  readonly pageBytes: number;
  /** How many pages the database has; null while nothing in the log is committed. */
  readonly pageCount: number | null;
  /** Page number (from 1) to where the page begins in the log. */
  readonly pages: ReadonlyMap<number, number>;
  /** Whether what was found still stands there. Where it does not, what was read of it meanwhile is of no one moment. */
  readonly isStill: () => boolean;
}

/**
 * What is committed in a write-ahead log of SQLite, read as SQLite's own recovery reads it
 * (https://sqlite.org/fileformat2.html, section 4): a frame counts as long as the log's salts and the checksum over all
 * frames so far are right, and a transaction counts when its last frame does. Null where the header is none: then nothing
 * in it counts.
 *
 * What its index knows to be committed is not written again until the log is begun anew, with another header. What comes
 * behind it is: where a writer ended before it told the index of its commit, the next one writes over it. It writes the
 * first of these frames first, and the frame's header before the page: as long as that header is what it was, so is all
 * that follows.
 *
 * @param header the first 32 bytes of the log, as they are now
 * @param index what those who have it open know of it; null where that is not known, or not to be believed
 * @param onlyIndexed takes what the index knows, as those do who have it open: then a writer may go on meanwhile
 */
export function readLog(
  file: number,
  header: Buffer,
  index: LogIndex | null,
  onlyIndexed: boolean,
): CommittedPages | null {
  const form = formOf(header);
  if (form === null) return null;
  const { pageBytes } = form;
  const indexed = index === null ? null : fromIndex(file, form, index);
  if (indexed !== null && onlyIndexed) {
    return { pageBytes, pageCount: indexed.pageCount, pages: indexed.pages, isStill: () => true };
  }
  const known = indexed ?? {
    pages: new Map<number, number>(),
    pageCount: null,
    next: WAL_HEADER_BYTES,
    sum: form.sum,
  };
  const first = frameHeaderAt(file, known.next);
  const pageCount = readOn(file, form, known);
  return {
    pageBytes,
    pageCount,
    pages: known.pages,
    isStill: () => frameHeaderAt(file, known.next).equals(first),
  };
}

interface LogForm {
  readonly pageBytes: number;
  readonly isLittle: boolean;
  readonly salts: Buffer;
  /** The checksum of the header. */
  readonly sum: Checksum;
}

interface Known {
  readonly pages: Map<number, number>;
  readonly pageCount: number | null;
  /** Behind the last of its frames, and the checksum up to there. */
  readonly next: number;
  readonly sum: Checksum;
}

function formOf(header: Buffer): LogForm | null {
  const magic = header.readUInt32BE(0);
  const pageBytes = header.readUInt32BE(8);
  const isPage = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  if ((magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) || header.readUInt32BE(4) !== FORMAT || !isPage) return null;
  const isLittle = magic === MAGIC_LITTLE;
  header.copy(CHUNK);
  const sum = sumOf(isLittle, [0, 0], 0, FRAME_HEADER_BYTES);
  return isSum(sum, header, FRAME_HEADER_BYTES) ? { pageBytes, isLittle, salts: header.subarray(16, 24), sum } : null;
}

/** What the index knows to be committed, if the last frame of it is what the index says. */
function fromIndex(file: number, { pageBytes, salts }: LogForm, index: LogIndex): Known | null {
  const { frames, pageCount, sum } = index;
  if (index.pageBytes !== pageBytes || !salts.equals(index.salts)) return null;
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const at = WAL_HEADER_BYTES + (frames - 1) * frameBytes;
  const last = frameHeaderAt(file, at);
  if (last.length < FRAME_HEADER_BYTES) return null;
  const isIt = last.readUInt32BE(4) === pageCount && last.compare(salts, 0, 8, 8, 16) === 0 && isSum(sum, last, 16);
  const pagesOfFrames = isIt ? index.pagesOf(0, frames) : null;
  if (pagesOfFrames === null) return null;
  const pages = new Map<number, number>();
  for (const [i, page] of pagesOfFrames.entries()) {
    pages.set(page, WAL_HEADER_BYTES + i * frameBytes + FRAME_HEADER_BYTES);
  }
  return { pages, pageCount, next: at + frameBytes, sum };
}

/** Adds what is committed behind what is known; gives how many pages the database has then. */
function readOn(file: number, form: LogForm, known: Known): number | null {
  const frameBytes = FRAME_HEADER_BYTES + form.pageBytes;
  const framesAtOnce = Math.floor(CHUNK_BYTES / frameBytes);
  const begun = new Map<number, number>();
  let { pageCount, sum } = known;
  for (let from = known.next; ; from += framesAtOnce * frameBytes) {
    const bytes = readFully(file, CHUNK, framesAtOnce * frameBytes, from);
    for (let at = 0; at < framesAtOnce * frameBytes; at += frameBytes) {
      if (at + frameBytes > bytes) return pageCount;
      const next = frameSum(form, sum, at, frameBytes);
      if (next === null) return pageCount;
      sum = next;
      begun.set(CHUNK.readUInt32BE(at), from + at + FRAME_HEADER_BYTES);
      const pageCountThen = CHUNK.readUInt32BE(at + 4);
      if (pageCountThen === 0) continue;
      for (const [page, offset] of begun) known.pages.set(page, offset);
      begun.clear();
      pageCount = pageCountThen;
    }
  }
}

/** The checksum up to the end of the frame at `at` of what was read; null where that is no frame of this log. */
function frameSum({ isLittle, salts }: LogForm, before: Checksum, at: number, frameBytes: number): Checksum | null {
  if (CHUNK.readUInt32BE(at) === 0) return null;
  if (CHUNK.compare(salts, 0, 8, at + 8, at + 16) !== 0) return null;
  const sum = sumOf(isLittle, sumOf(isLittle, before, at, at + 8), at + FRAME_HEADER_BYTES, at + frameBytes);
  return isSum(sum, CHUNK, at + 16) ? sum : null;
}

function sumOf(isLittle: boolean, [first, second]: Checksum, from: number, to: number): Checksum {
  const isNative = isLittle === (endianness() === 'LE');
  if (!isNative) CHUNK.subarray(from, to).swap32();
  let a = first;
  let b = second;
  for (let at = from / 4; at < to / 4; at += 2) {
    a = (a + (WORDS[at] ?? 0) + b) | 0;
    b = (b + (WORDS[at + 1] ?? 0) + a) | 0;
  }
  if (!isNative) CHUNK.subarray(from, to).swap32();
  return [a, b];
}

/** Shorter where the log ends before. */
function frameHeaderAt(file: number, at: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  return header.subarray(0, readFully(file, header, FRAME_HEADER_BYTES, at));
}

/** Two signed numbers of 32 bits. */
export type Checksum = readonly [number, number];

function isSum([first, second]: Checksum, bytes: Buffer, at: number): boolean {
  return first === bytes.readInt32BE(at) && second === bytes.readInt32BE(at + 4);
}

/** Reads as much as there is, up to `bytes`; gives how much it was. */
export function readFully(file: number, buffer: Buffer, bytes: number, from: number, at = 0): number {
  let read = 0;
  while (read < bytes) {
    const count = readSync(file, buffer, at + read, bytes - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return read;
}
