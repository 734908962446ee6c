import { constants, type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../core/host/make-folder';
import type { AuditEntry } from '../core/model';
import { parseAuditLine } from './audit-entry';
import { SerialQueue } from './serial-queue';

const FILE = 'audit.jsonl';
const CHUNK_BYTES = 64 * 1024;
/** A longer line is none of ours; it is passed over without being kept in memory. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;
/** How far back the newest entries are looked for, in a log full of foreign lines. */
const LOOK_BACK_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;
// A link or a FIFO in the place of the log is refused instead of followed or waited for.
const SAFE_FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * What operators did, one JSON object a line, in `audit.jsonl` in `folder`. It only ever grows.
 *
 * Several processes may append at once: each entry is a single appending write. Whatever else is in the file
 * (a line torn by a crash, lines of others) is passed over when it is read, and never removed.
 */
export class AuditLog {
  readonly #folder: string;
  readonly #file: string;
  readonly #queue = new SerialQueue();
  /** How many entries there are before `bytes`, as counted once. */
  #counted = { inode: 0, bytes: 0, entries: 0 };

  /** Where it is, absolute. */
  get file(): string {
    return this.#file;
  }

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = path.join(folder, FILE);
  }

  /**
   * Resolves when the entry is on disk. Rejects when it cannot be written, or only in part.
   * The file is made for this user alone (0600), its folder too (0700).
   * An entry that no reader would take for one, for its length alone, is refused; so is one that its outcome will make so,
   * which has `laterBytes` more.
   */
  append(entry: AuditEntry, laterBytes = 0): Promise<void> {
    return this.#queue.run(() => this.#append(entry, laterBytes));
  }

  /** The newest `limit` entries, newest first. Rejects when there is a log that cannot be read. */
  newest(limit: number): Promise<readonly AuditEntry[]> {
    return this.#queue.run(async () => (await this.#read((handle) => newestOf(handle, limit))) ?? []);
  }

  /** How many entries there are, those of other processes included. Reads only what was not counted before. */
  count(): Promise<number> {
    return this.#queue.run(async () => (await this.#read((handle) => this.#count(handle))) ?? 0);
  }

  async #append(entry: AuditEntry, laterBytes: number): Promise<void> {
    const line = JSON.stringify(entry);
    if (Buffer.byteLength(line) + laterBytes > LONGEST_LINE_BYTES) {
      throw new Error('the entry is too long for a line of it: act on less at once');
    }
    await makeFolder(this.#folder);
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | SAFE_FLAGS;
    const handle = await open(this.#file, flags, 0o600);
    try {
      const { size } = await regularFile(handle);
      // After a line that a crash has torn, ours starts on a line of its own.
      const isTorn = size > 0 && (await byteAt(handle, size - 1)) !== NEWLINE;
      const bytes = Buffer.from(`${isTorn ? '\n' : ''}${line}\n`);
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length);
      if (bytesWritten !== bytes.length) throw new Error('the audit log took only a part of the entry');
      await handle.sync();
      if (size === 0) await syncFolder(this.#folder);
    } finally {
      await handle.close();
    }
  }

  async #read<T>(use: (handle: FileHandle) => Promise<T>): Promise<T | null> {
    let handle: FileHandle;
    try {
      handle = await open(this.#file, constants.O_RDONLY | SAFE_FLAGS);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  }

  async #count(handle: FileHandle): Promise<number> {
    const { size, ino } = await regularFile(handle);
    let { inode, bytes: from, entries } = this.#counted;
    if (inode !== ino || size < from) {
      from = 0;
      entries = 0;
      inode = ino;
    }
    let line: Buffer[] = [];
    let lineBytes = 0;
    let position = from;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    while (position < size) {
      const { bytesRead } = await handle.read(chunk, 0, Math.min(CHUNK_BYTES, size - position), position);
      if (bytesRead === 0) break;
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1 && end < bytesRead; end = chunk.indexOf(NEWLINE, start)) {
        lineBytes += end - start;
        if (lineBytes <= LONGEST_LINE_BYTES) {
          line.push(chunk.subarray(start, end));
          if (parseAuditLine(Buffer.concat(line).toString('utf8')) !== null) entries += 1;
        }
        line = [];
        lineBytes = 0;
        start = end + 1;
        from = position + start;
      }
      lineBytes += bytesRead - start;
      if (lineBytes <= LONGEST_LINE_BYTES) line.push(Buffer.from(chunk.subarray(start, bytesRead)));
      position += bytesRead;
    }
    this.#counted = { inode, bytes: from, entries };
    return entries;
  }
}

/** Reads backwards from the end, as far as needed and not further. */
async function newestOf(handle: FileHandle, limit: number): Promise<readonly AuditEntry[]> {
  const { size } = await regularFile(handle);
  const entries: AuditEntry[] = [];
  const oldest = Math.max(0, size - LOOK_BACK_BYTES);
  /** The bytes of the line that is being put together, the last part first; null when it got too long. */
  let parts: Buffer[] | null = [];
  let lineBytes = 0;
  const takeLine = (): void => {
    if (parts !== null && lineBytes > 0) {
      const entry = parseAuditLine(Buffer.concat(parts.reverse()).toString('utf8'));
      if (entry !== null) entries.push(entry);
    }
    parts = [];
    lineBytes = 0;
  };
  const addPart = (part: Buffer): void => {
    lineBytes += part.length;
    if (lineBytes > LONGEST_LINE_BYTES) parts = null;
    parts?.push(part);
  };
  for (let end = size; end > oldest && entries.length < limit; ) {
    const start = Math.max(oldest, end - CHUNK_BYTES);
    const chunk = await readExactly(handle, start, end - start);
    if (chunk.length === 0) break;
    let lineEnd = chunk.length;
    for (let at = chunk.lastIndexOf(NEWLINE); at !== -1 && entries.length < limit; ) {
      addPart(chunk.subarray(at + 1, lineEnd));
      takeLine();
      lineEnd = at;
      at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1);
    }
    if (entries.length < limit) addPart(chunk.subarray(0, lineEnd));
    end = start;
  }
  if (entries.length < limit && oldest === 0) takeLine();
  return entries;
}

async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(buffer, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}

async function byteAt(handle: FileHandle, position: number): Promise<number | undefined> {
  return (await readExactly(handle, position, 1))[0];
}

async function regularFile(handle: FileHandle): Promise<{ readonly size: number; readonly ino: number }> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error('the audit log is not a regular file');
  return stats;
}

/** Makes the new file's name durable. Not every filesystem lets a folder be synced; the entry itself is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
