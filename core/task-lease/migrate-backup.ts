import { closeSync, fchmodSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../host/errors';
import { sqliteLibrary } from './sqlite-library';
import { openStatementless } from './statementless';

const MOST_NAMES = 1_000;
/** So many pages are copied in one step; most databases are then copied in one. */
const PAGES = 10_000;
const BUSY_MS = 1_000;

/** Where the backup of a database that is made now would go: `todo2.db.backup-20261121T101500Z`. */
export function backupPath(database: string, nowMs: number): string {
  const compact = new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  return `${database}.backup-${compact}`;
}

/**
 * Copies a database as SQLite sees it (with what is only in `-wal` yet) to a new file beside it, and syncs both the file
 * and its folder to disk. Gives its path: the one that is wanted, or that with `-2`, `-3`, … behind it, because an older
 * backup is never written over. Rejects with the error; then there is no such file.
 */
export async function backUp(database: string, wanted: string): Promise<string> {
  const file = create(wanted, statSync(database).mode & 0o777);
  try {
    const source = openStatementless(database, BUSY_MS);
    try {
      await sqliteLibrary().backup(source.connection, file, { rate: PAGES });
    } finally {
      source.close();
    }
    sync(file);
    sync(dirname(file));
    return file;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** Makes an empty file where none was; readable for those who may read the database. */
function create(wanted: string, mode: number): string {
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const file = number === 1 ? wanted : `${wanted}-${number.toString()}`;
    try {
      const fd = openSync(file, 'wx', 0o600);
      fchmodSync(fd, mode);
      closeSync(fd);
      return file;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  throw new Error('there are too many backups already');
}

function sync(path: string): void {
  // Windows opens no folders, and needs no sync of them.
  if (process.platform === 'win32' && statSync(path).isDirectory()) return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
