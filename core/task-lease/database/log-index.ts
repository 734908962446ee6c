import { fstatSync } from 'node:fs';
import { uptime } from 'node:os';
import { type Checksum, readFully } from './write-ahead-log';

const FORMAT = 3_007_000;
/** One of the two copies of the header, and all that comes before the first number of a page. */
const HEADER_BYTES = 48;
const BEFORE_PAGES_BYTES = 136;
/** In each block, the numbers of pages come before a hash table of them. */
const BLOCK_BYTES = 32_768;
const PAGES_A_BLOCK = 4_096;
const PAGES_IN_FIRST = PAGES_A_BLOCK - BEFORE_PAGES_BYTES / 4;
/** The system's clock may have been set by some seconds since it started. */
const BOOT_DOUBT_MS = 5_000;

/** What the index beside a log (`-shm`) knows: how far it is committed, and which page each frame is of. */
export interface LogIndex {
  /** So many frames are committed. */
  readonly frames: number;
  readonly pageCount: number;
  readonly pageBytes: number;
  /** Those of the log that it belongs to. */
  readonly salts: Buffer;
  /** The checksum up to the last committed frame. */
  readonly sum: Checksum;
  /** The pages of the frames behind the first `from`, up to the frame `to`; null where they cannot be read. */
  readonly pagesOf: (from: number, to: number) => readonly number[] | null;
}

/**
 * The index as those who have the log open keep it (https://sqlite.org/walformat.html, section 2), so that a long log need
 * not be read frame by frame. Null where it says nothing, is being changed, or stems from before this start of the
 * machine: after a loss of power it may be of another log than the one on the disk. It is in this machine's order of bytes.
 */
export function readLogIndex(file: number): LogIndex | null {
  if (fstatSync(file).mtimeMs < Date.now() - uptime() * 1_000 + BOOT_DOUBT_MS) return null;
  const both = Buffer.from(new ArrayBuffer(2 * HEADER_BYTES));
  if (readFully(file, both, both.length, 0) < both.length) return null;
  if (both.compare(both, 0, HEADER_BYTES, HEADER_BYTES) !== 0) return null;
  const words = new Int32Array(both.buffer, 0, HEADER_BYTES / 4);
  const halves = new Uint16Array(both.buffer, 0, HEADER_BYTES / 2);
  const pageBytes = halves[7] === 1 ? 65_536 : (halves[7] ?? 0);
  const isReady = words[0] === FORMAT && both[12] !== 0;
  const frames = (words[4] ?? 0) >>> 0;
  if (!isReady || frames === 0) return null;
  return {
    frames,
    pageCount: (words[5] ?? 0) >>> 0,
    pageBytes,
    salts: Buffer.from(both.subarray(32, 40)),
    sum: [words[6] ?? 0, words[7] ?? 0],
    pagesOf: (from, to) => readPages(file, from, to),
  };
}

function readPages(file: number, from: number, to: number): readonly number[] | null {
  const pages: number[] = [];
  let frame = from;
  while (frame < to) {
    const { at, left } = placeOf(frame);
    const count = Math.min(left, to - frame);
    const buffer = Buffer.from(new ArrayBuffer(count * 4));
    if (readFully(file, buffer, buffer.length, at) < buffer.length) return null;
    pages.push(...new Uint32Array(buffer.buffer));
    frame += count;
  }
  return pages.includes(0) ? null : pages;
}

/** Where the page of a frame (counted from 0) stands, and how many follow it in the same block. */
function placeOf(frame: number): { readonly at: number; readonly left: number } {
  if (frame < PAGES_IN_FIRST) return { at: BEFORE_PAGES_BYTES + frame * 4, left: PAGES_IN_FIRST - frame };
  const beyond = frame - PAGES_IN_FIRST;
  const inBlock = beyond % PAGES_A_BLOCK;
  const block = 1 + Math.floor(beyond / PAGES_A_BLOCK);
  return { at: block * BLOCK_BYTES + inBlock * 4, left: PAGES_A_BLOCK - inBlock };
}
