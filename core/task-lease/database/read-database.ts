import { closeSync, constants, openSync, readSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { describeError, errorCode } from '../../host/errors';
import { ATTACHED } from '../attached-database';
import { type FilesLook, isSameFiles, lookAtFiles } from './look-at-files';
import type { FilesSeen, HowRead, ReadFailure } from './messages';
import { copyWithJournal, copyWithWal, NamesAnotherFile, type PrivateCopy, TooLargeToCopy } from './private-copy';

/** A database that is at work is copied up to this size, in bytes. */
const LARGEST_COPY = 64 * 1024 * 1024;
/** And with a log of at most this size, which is read once and then only what is new. */
const LARGEST_LOG = 512n * 1024n * 1024n;
/** A database that never holds still is given up after this long, in ms. It is read again with the next change. */
const PATIENCE_MS = 300;
const PAUSE_MS = 6;
const MAGIC = 'SQLite format 3\0';
/** Where the header says how it is written: 1 by a rollback journal, 2 by a write-ahead log. */
const WRITE_VERSION_AT = 18;

export class NotReadable extends Error {
  constructor(
    readonly why: ReadFailure,
    message: string,
  ) {
    super(message);
    this.name = 'NotReadable';
  }
}

export interface ReadOnce<T> {
  readonly value: T;
  readonly how: HowRead;
  readonly journal: 'wal' | 'rollback';
  /** As before the reading; null where they were written so lately that a change since need not show. */
  readonly files: FilesSeen | null;
}

/** What one attempt came to; null: it proved nothing, because somebody wrote. */
type Attempt<T> = { readonly value: T; readonly how: HowRead } | null;

/**
 * Reads the database at `path` with `use`, which is given a connection that has it attached; the result is of one moment.
 * Creates nothing beside it, takes no lock that a writer could meet (but for `as a reader`), and opens none of its files
 * while a connection of this process to it is open. `use` may be called several times. Throws `NotReadable`, and nothing
 * else.
 */
export function readDatabase<T>(path: string, use: (connection: DatabaseSyncInstance) => T): ReadOnce<T> {
  try {
    return readAtRest(realpathSync(path), use);
  } catch (error) {
    throw error instanceof NotReadable ? error : new NotReadable(whyNot(error), inWords(error));
  }
}

function readAtRest<T>(path: string, use: (connection: DatabaseSyncInstance) => T): ReadOnce<T> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const look = lookAtFiles(path);
    if (look.database === null) throw new NotReadable('missing', 'it is not there');
    if (!look.database.isFile()) throw new NotReadable('not-a-file', 'it is not a file');
    const journal = journalOf(path);
    const isLastTry = performance.now() >= untilMs;
    const attempt = tryToRead(path, look, use) ?? (isLastTry ? readAsOneMore(path, look, use) : null);
    if (attempt !== null) return { ...attempt, journal, files: look.isSettled ? look.seen : null };
    if (isLastTry) throw new NotReadable('changing', 'it is being written all the time');
    // A log that was begun anew under our eyes is tried again at once: it is longest until the next time then.
    if (!look.isSettled && look.wal === null) pause(PAUSE_MS);
  }
}

function tryToRead<T>(path: string, look: FilesLook, use: (connection: DatabaseSyncInstance) => T): Attempt<T> {
  if (look.wal === null && look.journal === null) return readInPlace(path, look, use);
  const walBytes = look.wal?.size ?? 0n;
  const beside = look.journal === null ? 0n : look.journal.size + walBytes;
  const copied = Number((look.database?.size ?? 0n) + beside);
  if (copied > LARGEST_COPY || walBytes > LARGEST_LOG) return readLarge(path, look, copied, use);
  let copy: PrivateCopy | null;
  try {
    copy = look.journal === null ? copyWithWal(path, LARGEST_COPY) : copyWithJournal(path);
  } catch (error) {
    if (error instanceof TooLargeToCopy) return readLarge(path, look, error.bytes, use);
    throw error;
  }
  // With a journal, what was not committed is taken back in the copy, which writes into it.
  return readCopy(copy, look.journal === null ? 'immutable' : 'writable', use);
}

function readLarge<T>(
  path: string,
  look: FilesLook,
  bytes: number,
  use: (connection: DatabaseSyncInstance) => T,
): Attempt<T> {
  const attempt = readAsOneMore(path, look, use);
  if (attempt !== null) return attempt;
  const mib = Math.ceil(bytes / 1024 / 1024).toString();
  throw new NotReadable(
    'too-large',
    `it has unfinished files beside it, and with ${mib} MiB is too large to be copied`,
  );
}

/** Nothing is being written: all that was committed is in the file itself. */
function readInPlace<T>(path: string, look: FilesLook, use: (connection: DatabaseSyncInstance) => T): Attempt<T> {
  if (!look.isSettled) return null;
  let value: T;
  try {
    value = withAttached(`${pathToFileURL(path).href}?mode=ro&immutable=1`, use);
  } catch (error) {
    // What was written under our eyes may look like anything.
    if (isSameFiles(look.seen, lookAtFiles(path).seen)) throw error;
    return null;
  }
  // A log that came meanwhile changes nothing of what was read; but what it holds may have been brought into the file.
  return lookAtFiles(path).seen.database === look.seen.database ? { value, how: 'in place' } : null;
}

function readCopy<T>(
  copy: PrivateCopy | null,
  mode: 'immutable' | 'writable',
  use: (connection: DatabaseSyncInstance) => T,
): Attempt<T> {
  if (copy === null) return null;
  try {
    const how = mode === 'immutable' ? 'mode=ro&immutable=1' : 'mode=rw';
    const value = withAttached(`${pathToFileURL(copy.path).href}?${how}`, use);
    return { value, how: 'private copy' };
  } finally {
    copy.remove();
  }
}

/**
 * As one more reader of a write-ahead log, for as short as can be. Only where its index is there already, which is not
 * written. A writer that is the last to close meanwhile would leave its log and index behind: so only where nothing else goes.
 */
function readAsOneMore<T>(path: string, look: FilesLook, use: (connection: DatabaseSyncInstance) => T): Attempt<T> {
  if (look.wal === null || look.journal !== null || !look.hasShm) return null;
  try {
    return { value: withAttached(`${pathToFileURL(path).href}?mode=ro&readonly_shm=1`, use), how: 'as a reader' };
  } catch (error) {
    // Whoever had it open may just have closed it, and taken the index away.
    if (isSameFiles(look.seen, lookAtFiles(path).seen)) throw error;
    return null;
  }
}

function withAttached<T>(url: string, use: (connection: DatabaseSyncInstance) => T): T {
  const connection = new DatabaseSync(':memory:');
  try {
    connection.exec('PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY');
    connection.enableDefensive(true);
    connection.prepare(`ATTACH ? AS ${ATTACHED}`).run(url);
    try {
      connection.exec('BEGIN');
      return use(connection);
    } finally {
      connection.exec('ROLLBACK');
      // Lets go of the file at once, whatever statements there are.
      connection.exec(`DETACH ${ATTACHED}`);
    }
  } finally {
    connection.close();
  }
}

/** How it is written, by its header. Throws where this is no database. An empty file is one without tables. */
function journalOf(path: string): 'wal' | 'rollback' {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const header = Buffer.alloc(100);
    const bytes = readSync(file, header, 0, header.length, 0);
    if (bytes === 0) return 'rollback';
    if (bytes < header.length || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
      throw new NotReadable('not-a-database', 'it is no SQLite database, or an encrypted one');
    }
    return header[WRITE_VERSION_AT] === 2 ? 'wal' : 'rollback';
  } finally {
    closeSync(file);
  }
}

const CELL = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function pause(ms: number): void {
  Atomics.wait(CELL, 0, 0, ms);
}

const BY_SQLITE_CODE: Readonly<Record<string, ReadFailure>> = {
  SQLITE_NOTADB: 'not-a-database',
  SQLITE_CORRUPT: 'corrupt',
  SQLITE_BUSY: 'locked',
  SQLITE_LOCKED: 'locked',
  SQLITE_PERM: 'not-permitted',
  SQLITE_AUTH: 'not-permitted',
};
const BY_SYSTEM_CODE: Readonly<Record<string, ReadFailure>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  ENXIO: 'not-a-file',
  ELOOP: 'not-a-file',
};

function whyNot(error: unknown): ReadFailure {
  if (error instanceof NamesAnotherFile) return 'names-another-file';
  const sqlite = sqliteCode(error);
  if (sqlite !== null) return BY_SQLITE_CODE[sqlite] ?? 'failed';
  const code = errorCode(error);
  return code === null ? 'failed' : (BY_SYSTEM_CODE[code] ?? 'failed');
}

/** SQLite's name of what went wrong; null where it was not SQLite. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('sqliteCodeName' in error)) return null;
  return typeof error.sqliteCodeName === 'string' ? error.sqliteCodeName : null;
}

/** What SQLite or the system says, in words. */
export function inWords(error: unknown): string {
  const code = sqliteCode(error);
  return code === null ? describeError(error) : `${error instanceof Error ? error.message : ''} (${code})`;
}
