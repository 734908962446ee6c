import { type BigIntStats, readSync } from 'node:fs';
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

/** Which pages of a database stand in its log as they were committed last. */
export interface CommittedPages {
  readonly pageBytes: number;
  /** How many pages the database has; null while nothing in the log is committed. */
  readonly pageCount: number | null;
  /** Page number (from 1) to where the page begins in the log. */
  readonly pages: ReadonlyMap<number, number>;
}

/**
 * One write-ahead log of SQLite, read frame by frame as SQLite's own recovery reads it (https://sqlite.org/fileformat2.html,
 * section 4): a frame counts as long as the log's salts and the checksum over all frames so far are right, and a
 * transaction counts when its last frame does. What was committed is not written again until the log is begun anew, with
 * another header: so only what is new is read.
 */
export class WriteAheadLog {
  #identity = '';
  #header = Buffer.alloc(0);
  #pageBytes = 0;
  #isLittle = true;
  #pages = new Map<number, number>();
  #pageCount: number | null = null;
  /** Behind the last commit, and the checksum up to there. */
  #next = WAL_HEADER_BYTES;
  #sum: Checksum = [0, 0];
  readonly #chunk = Buffer.from(new ArrayBuffer(CHUNK_BYTES));
  readonly #words = new Int32Array(this.#chunk.buffer);

  /**
   * What is committed in the log now. Null where its header is none: then nothing in it counts.
   *
   * @param header its first 32 bytes, as they are now
   * @param index what those who have it open know of it; null where that is not known, or not to be believed
   */
  read(file: number, stat: BigIntStats, header: Buffer, index: LogIndex | null): CommittedPages | null {
    const identity = `${stat.dev.toString()}:${stat.ino.toString()}`;
    if (identity !== this.#identity || !header.equals(this.#header)) {
      if (!this.#begin(header)) return null;
      this.#identity = identity;
    }
    if (index !== null) this.#skipTo(file, index);
    this.#readOn(file);
    return { pageBytes: this.#pageBytes, pageCount: this.#pageCount, pages: this.#pages };
  }

  #begin(header: Buffer): boolean {
    this.#identity = '';
    const magic = header.readUInt32BE(0);
    const pageBytes = header.readUInt32BE(8);
    const isPage = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
    if ((magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) || header.readUInt32BE(4) !== FORMAT || !isPage) return false;
    this.#isLittle = magic === MAGIC_LITTLE;
    this.#pageBytes = pageBytes;
    header.copy(this.#chunk);
    const sum = this.#sumOf([0, 0], 0, FRAME_HEADER_BYTES);
    if (!isSum(sum, header, FRAME_HEADER_BYTES)) return false;
    this.#header = Buffer.from(header);
    this.#pages = new Map();
    this.#pageCount = null;
    this.#next = WAL_HEADER_BYTES;
    this.#sum = sum;
    return true;
  }

  /** Goes on behind the last frame that its index knows to be committed, if that frame is what the index says. */
  #skipTo(file: number, { frames, pageCount, pageBytes, salts, sum, pagesOf }: LogIndex): void {
    if (pageBytes !== this.#pageBytes || !salts.equals(this.#header.subarray(16, 24))) return;
    const frameBytes = FRAME_HEADER_BYTES + pageBytes;
    const known = (this.#next - WAL_HEADER_BYTES) / frameBytes;
    if (frames <= known) return;
    const last = Buffer.alloc(FRAME_HEADER_BYTES);
    const at = WAL_HEADER_BYTES + (frames - 1) * frameBytes;
    if (readFully(file, last, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES) return;
    const isIt = last.readUInt32BE(4) === pageCount && last.compare(salts, 0, 8, 8, 16) === 0 && isSum(sum, last, 16);
    const pages = isIt ? pagesOf(known, frames) : null;
    if (pages === null) return;
    for (const [i, page] of pages.entries()) {
      this.#pages.set(page, WAL_HEADER_BYTES + (known + i) * frameBytes + FRAME_HEADER_BYTES);
    }
    this.#pageCount = pageCount;
    this.#next = at + frameBytes;
    this.#sum = sum;
  }

  #readOn(file: number): void {
    const frameBytes = FRAME_HEADER_BYTES + this.#pageBytes;
    const framesAtOnce = Math.floor(CHUNK_BYTES / frameBytes);
    const begun = new Map<number, number>();
    let sum = this.#sum;
    for (let from = this.#next; ; from += framesAtOnce * frameBytes) {
      const bytes = readFully(file, this.#chunk, framesAtOnce * frameBytes, from);
      for (let at = 0; at < framesAtOnce * frameBytes; at += frameBytes) {
        if (at + frameBytes > bytes) return;
        const next = this.#frameSum(sum, at, frameBytes);
        if (next === null) return;
        sum = next;
        begun.set(this.#chunk.readUInt32BE(at), from + at + FRAME_HEADER_BYTES);
        const pageCount = this.#chunk.readUInt32BE(at + 4);
        if (pageCount === 0) continue;
        for (const [page, offset] of begun) this.#pages.set(page, offset);
        begun.clear();
        this.#pageCount = pageCount;
        this.#next = from + at + frameBytes;
        this.#sum = sum;
      }
    }
  }

  /** The checksum up to the end of the frame at `at`; null where that is no frame of this log. */
  #frameSum(before: Checksum, at: number, frameBytes: number): Checksum | null {
    if (this.#chunk.readUInt32BE(at) === 0) return null;
    if (this.#chunk.compare(this.#header, 16, 24, at + 8, at + 16) !== 0) return null;
    const sum = this.#sumOf(this.#sumOf(before, at, at + 8), at + FRAME_HEADER_BYTES, at + frameBytes);
    return isSum(sum, this.#chunk, at + 16) ? sum : null;
  }

  #sumOf([first, second]: Checksum, from: number, to: number): Checksum {
    const isNative = this.#isLittle === (endianness() === 'LE');
    if (!isNative) this.#chunk.subarray(from, to).swap32();
    const words = this.#words;
    let a = first;
    let b = second;
    for (let at = from / 4; at < to / 4; at += 2) {
      a = (a + (words[at] ?? 0) + b) | 0;
      b = (b + (words[at + 1] ?? 0) + a) | 0;
    }
    if (!isNative) this.#chunk.subarray(from, to).swap32();
    return [a, b];
  }
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
