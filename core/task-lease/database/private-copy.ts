import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../../host/errors';
import { isSameFiles, lookAtFiles, WAL_HEADER_BYTES } from './look-at-files';

const FOLDER_PREFIX = 'lockscope-database-';
const FRAME_HEADER_BYTES = 24;
const CHUNK_BYTES = 256 * 1024;
const LARGEST_PAGE_BYTES = 65_536;

/** A copy of a database in a folder that only this user can look into. */
export interface PrivateCopy {
  readonly path: string;
  /** With what lies beside it. */
  remove(): void;
}

/**
 * Copies a database that is in WAL mode, with the part of its log that counts. Null when it changed in a way that leaves
 * the copy unproven: try again.
 *
 * A log only grows until it is begun anew, with another header. So where its header is the same before the database is
 * copied and after the log was, everything that was brought into the database meanwhile is in the log that was copied:
 * whatever was half written in the database, the log has whole. Writers may go on writing all the while.
 */
export function copyWithWal(path: string): PrivateCopy | null {
  return withFiles([path, `${path}-wal`], ([database, wal]) => {
    const header = readAt(wal, 0, WAL_HEADER_BYTES);
    if (header.length < WAL_HEADER_BYTES) return null;
    const pages = readAll(database);
    const log = readLog(wal, header);
    const isSameLog = readAt(wal, 0, WAL_HEADER_BYTES).equals(header);
    if (!isSameLog || !isStill(path, database) || !isStill(`${path}-wal`, wal)) return null;
    return writeCopy([
      ['copy.db', pages],
      ['copy.db-wal', log],
    ]);
  });
}

/**
 * Copies a database with its rollback journal, by which SQLite takes back in the copy what was not committed. Null when
 * any of it was written meanwhile, or so lately that this would not show: try again.
 */
export function copyWithJournal(path: string): PrivateCopy | null {
  const before = lookAtFiles(path);
  if (!before.isSettled || before.journal === null) return null;
  const names = ['', '-journal', ...(before.wal === null ? [] : ['-wal'])];
  return withFiles(
    names.map((name) => path + name),
    (files) => {
      const contents = files.map((file, at): [string, Buffer] => [`copy.db${names[at] ?? ''}`, readAll(file)]);
      return isSameFiles(before.seen, lookAtFiles(path).seen) ? writeCopy(contents) : null;
    },
  );
}

/** Removes what processes of this user that were killed left behind. Never throws. */
export function removeLeftCopies(): void {
  try {
    for (const name of readdirSync(tmpdir())) {
      if (!name.startsWith(FOLDER_PREFIX)) continue;
      const pid = Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
      const folder = join(tmpdir(), name);
      const isOurs = process.getuid === undefined || statSync(folder).uid === process.getuid();
      if (Number.isSafeInteger(pid) && isOurs && !isTaken(pid)) rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    // Somebody else removes them, or nobody does; nothing depends on it.
  }
}

function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** Null also where one of the files is gone. */
function withFiles(
  paths: readonly string[],
  use: (files: readonly [number, number, ...number[]]) => PrivateCopy | null,
): PrivateCopy | null {
  const files: number[] = [];
  try {
    for (const path of paths) files.push(openFile(path));
    const [first, second] = files;
    return first === undefined || second === undefined ? null : use([first, second, ...files.slice(2)]);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** Waits for no named pipe, and follows no link. */
function openFile(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

/** Whether a name still stands for the file that is open: its inode cannot have been given to another one meanwhile. */
function isStill(path: string, file: number): boolean {
  const open = fstatSync(file, { bigint: true });
  let named: BigIntStats;
  try {
    named = statSync(path, { bigint: true });
  } catch {
    return false;
  }
  return named.dev === open.dev && named.ino === open.ino;
}

function readAt(file: number, from: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let read = 0;
  while (read < bytes) {
    const count = readSync(file, buffer, read, bytes - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return buffer.subarray(0, read);
}

function readAll(file: number): Buffer {
  return readAt(file, 0, Number(fstatSync(file, { bigint: true }).size));
}

/** The log up to the first frame of an earlier one: what follows does not count. */
function readLog(file: number, header: Buffer): Buffer {
  const pageBytes = header.readUInt32BE(8);
  const isOdd = pageBytes < 512 || pageBytes > LARGEST_PAGE_BYTES;
  if (isOdd) return header;
  const salts = header.subarray(16, 24);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const chunkBytes = Math.max(1, Math.floor(CHUNK_BYTES / frameBytes)) * frameBytes;
  const parts = [header];
  for (let from = WAL_HEADER_BYTES; ; from += chunkBytes) {
    const chunk = readAt(file, from, chunkBytes);
    let counted = 0;
    while (counted + frameBytes <= chunk.length && chunk.subarray(counted + 8, counted + 16).equals(salts)) {
      counted += frameBytes;
    }
    parts.push(chunk.subarray(0, counted));
    if (counted < chunkBytes) return Buffer.concat(parts);
  }
}

function writeCopy(contents: readonly (readonly [string, Buffer])[]): PrivateCopy {
  const folder = mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid.toString()}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const [name, content] of contents) writeFileSync(join(folder, name), content, { mode: 0o600 });
  } catch (error) {
    remove();
    throw error;
  }
  return { path: join(folder, 'copy.db'), remove };
}
