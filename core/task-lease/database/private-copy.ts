import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError, errorCode } from '../../host/errors';
import { endsInSuperJournal, NAMES_ANOTHER_FILE } from '../super-journal';
import { type LogIndex, readLogIndex } from './log-index';
import { isSameFiles, lookAtFiles } from './look-at-files';
import { type CommittedPages, readFully, readLog, WAL_HEADER_BYTES } from './write-ahead-log';

const FOLDER_PREFIX = 'lockscope-database-';
const NONE = Buffer.alloc(0);

/** A copy of a database in a folder that only this user can look into. */
export interface PrivateCopy {
  readonly path: string;
  /** With what lies beside it. */
  remove(): void;
}

/**
 * Copies a database that is in WAL mode, with what is committed in its log brought into the copy. Null when it changed in
 * a way that leaves the copy unproven: try again.
 *
 * A log only grows until it is begun anew, with another header. So where its header is the same before the database is
 * copied and after the log was read, everything that was brought into the database meanwhile is in the log that was read:
 * whatever was half written in the database, the log has whole. Writers may go on writing all the while. Nothing is kept
 * from one reading to the next: the log's index tells where each page is. Throws `TooLargeToCopy` where the copy would have
 * more than `longest` bytes, whatever the log says.
 */
export function copyWithWal(path: string, longest: number): PrivateCopy | null {
  // With what is behind the index, where nobody is writing there: who wrote it may have ended before it told of it.
  return copyOnce(path, longest, false) ?? copyOnce(path, longest, true);
}

function copyOnce(path: string, longest: number, onlyIndexed: boolean): PrivateCopy | null {
  return withFiles([path, `${path}-wal`], ([database, wal]) => {
    const header = readAt(wal, 0, WAL_HEADER_BYTES);
    if (header.length < WAL_HEADER_BYTES) return null;
    checkSize(Number(fstatSync(database, { bigint: true }).size), longest);
    const base = readAll(database);
    const committed = withIndex(path, (index) => readLog(wal, header, index, onlyIndexed));
    // What the log says may be anything, and so may how far its pages are apart.
    if (committed !== null) checkSize((committed.pageCount ?? 0) * committed.pageBytes, longest);
    const image = committed === null ? base : imageOf(base, wal, committed);
    const isSameLog = readAt(wal, 0, WAL_HEADER_BYTES).equals(header) && committed?.isStill() !== false;
    if (image === null || !isSameLog || !isStill(path, database) || !isStill(`${path}-wal`, wal)) return null;
    return writeCopy([['copy.db', image]]);
  });
}

/** With what the index beside the log knows; one that is not there, or may not be looked at, is not needed. */
function withIndex<T>(path: string, use: (index: LogIndex | null) => T): T {
  let file: number;
  try {
    file = openFile(`${path}-shm`);
  } catch {
    return use(null);
  }
  try {
    return use(readLogIndex(file));
  } finally {
    closeSync(file);
  }
}

/** The database as it was committed last. Null where a page of it is nowhere. */
function imageOf(base: Buffer, wal: number, { pageBytes, pageCount, pages }: CommittedPages): Buffer | null {
  if (pageCount === null) return base;
  const bytes = pageCount * pageBytes;
  const image = bytes <= base.length ? base.subarray(0, bytes) : Buffer.concat([base], bytes);
  for (const [page, offset] of pages) {
    if (page > pageCount) continue;
    if (readFully(wal, image, pageBytes, offset, (page - 1) * pageBytes) < pageBytes) return null;
  }
  return image;
}

/**
 * Copies a database with its rollback journal, by which SQLite takes back in the copy what was not committed. Null when
 * any of it was written meanwhile, or so lately that this would not show: try again. Throws `NamesAnotherFile`.
 */
export function copyWithJournal(path: string): PrivateCopy | null {
  const before = lookAtFiles(path);
  if (!before.isSettled || before.journal === null) return null;
  const names = ['', '-journal', ...(before.wal === null ? [] : ['-wal'])];
  return withFiles(
    names.map((name) => path + name),
    (files) => {
      const contents = files.map((file, at): [string, Buffer] => [`copy.db${names[at] ?? ''}`, readAll(file)]);
      if (!isSameFiles(before.seen, lookAtFiles(path).seen)) return null;
      if (endsInSuperJournal(contents[1]?.[1] ?? NONE)) throw new NamesAnotherFile(NAMES_ANOTHER_FILE);
      return writeCopy(contents);
    },
  );
}

/** In memory where the system has such a place, and nobody asked for another: then no writer waits for our disk. */
function copiesFolder(): string {
  const memory = '/dev/shm';
  if (process.platform !== 'linux' || (process.env['TMPDIR'] ?? '') !== '') return tmpdir();
  try {
    accessSync(memory, constants.W_OK | constants.X_OK);
    return memory;
  } catch {
    return tmpdir();
  }
}

/** Removes what processes of this user that were killed left behind. Never throws. */
export function removeLeftCopies(): void {
  try {
    const place = copiesFolder();
    for (const name of readdirSync(place)) {
      if (!name.startsWith(FOLDER_PREFIX)) continue;
      const pid = Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
      const folder = join(place, name);
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
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.subarray(0, readFully(file, buffer, bytes, from));
}

function readAll(file: number): Buffer {
  return readAt(file, 0, Number(fstatSync(file, { bigint: true }).size));
}

/** What SQLite would do with the journal reaches beyond the copy. */
export class NamesAnotherFile extends Error {}

/** The copy would be larger than it may be. */
export class TooLargeToCopy extends Error {
  constructor(readonly bytes: number) {
    super('it is too large to be copied');
  }
}

function checkSize(bytes: number, longest: number): void {
  if (bytes > longest) throw new TooLargeToCopy(bytes);
}

/** There is no room for a copy: that says nothing of the database. */
class NoPlaceForCopy extends Error {}

function writeCopy(contents: readonly (readonly [string, Buffer])[]): PrivateCopy {
  let folder: string | null = null;
  const remove = (): void => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
  try {
    folder = mkdtempSync(join(copiesFolder(), `${FOLDER_PREFIX}${process.pid.toString()}-`));
    for (const [name, content] of contents) writeFileSync(join(folder, name), content, { mode: 0o600 });
  } catch (error) {
    remove();
    throw new NoPlaceForCopy(`no private copy of it can be made: ${describeError(error)}`);
  }
  return { path: join(folder, 'copy.db'), remove };
}
