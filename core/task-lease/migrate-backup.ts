import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../host/errors';
import { sqliteLibrary } from './sqlite-library';
import { openStatementless } from './statementless';

const MOST_NAMES = 1_000;
/** So many pages are copied in one step; most databases are then copied in one. */
const PAGES = 10_000;
const BUSY_MS = 1_000;
/** What a file system says that knows no links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

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
 * backup is never written over. What has that name is whole, also after a crash. Rejects with the error; then there is no
 * such file.
 */
export async function backUp(database: string, wanted: string): Promise<string> {
  const making = `${wanted}.${randomUUID()}.part`;
  try {
    create(making, statSync(database));
    const source = openStatementless(database, BUSY_MS);
    try {
      await sqliteLibrary().backup(source.connection, making, { rate: PAGES });
    } finally {
      source.close();
    }
    sync(making);
    const file = name(making, wanted);
    sync(dirname(file));
    return file;
  } finally {
    rmSync(making, { force: true });
  }
}

/** Makes an empty file where none was, for those who may read the database; as root, for its owner. */
function create(file: string, { mode, uid, gid }: Stats): void {
  const fd = openSync(file, 'wx', 0o600);
  try {
    if (process.getuid?.() === 0) fchownSync(fd, uid, gid);
    fchmodSync(fd, mode & 0o777);
  } finally {
    closeSync(fd);
  }
}

/** Gives a file that is whole its name, in one step and where nothing has it. */
function name(made: string, wanted: string): string {
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const file = number === 1 ? wanted : `${wanted}-${number.toString()}`;
    try {
      linkSync(made, file);
      return file;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EEXIST') continue;
      if (code === null || !NO_LINKS.has(code)) throw error;
      // A file system without links.
      if (existsSync(file)) continue;
      renameSync(made, file);
      return file;
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
