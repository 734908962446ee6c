import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { describeError, errorCode } from '../host/errors';
import { sqliteLibrary } from './sqlite-library';
import { refuseSuperJournal } from './super-journal';

/** An error of SQLite, or of the system, in words. */
export function describeDatabaseError(error: unknown): string {
  // Its code is the same for all of them; its words are what tells.
  return errorCode(error) === 'ERR_SQLITE_ERROR' && error instanceof Error ? error.message : describeError(error);
}

/** The name under which the file is attached. Its tables need no prefix: the connection has none of its own. */
export const ATTACHED = 'todo';

export interface AttachedDatabase {
  readonly connection: DatabaseSyncInstance;
  /**
   * Lets go of the file: every lock on it, and as the last connection also `-wal` and `-shm`. At once, also while
   * prepared statements exist, which cannot be used any more. May be called again. Not inside of a transaction.
   */
  close(): void;
}

/**
 * Connects to the SQLite file at `path` (absolute) for writing, and never makes one that is missing. Throws SQLite's
 * error, or the system's where there is no such file; and where the journal beside it would make SQLite remove another file.
 *
 * The library closes a connection that has prepared statements only when each of them has been garbage collected: until
 * then its locks stay, and so do `-wal` and `-shm`. So the connection is to nothing, and the file is attached to it:
 * detaching closes the file at once, whatever statements there are.
 *
 * Like exarp's own connections, one in WAL mode does not wait for the disk at each commit: after a loss of power the last
 * commits may be gone, and the file is whole. Who needs more sets `synchronous` to FULL.
 *
 * @param busyMs how long SQLite waits, with this thread blocked, for another writer to end
 */
export function attachDatabase(path: string, busyMs: number): AttachedDatabase {
  // Only looked at: to open and to close it would drop the locks that this process has on it.
  if (!statSync(path).isFile()) throw new Error('it is not a file');
  refuseSuperJournal(path);
  const { DatabaseSync } = sqliteLibrary();
  const connection = new DatabaseSync(':memory:', { timeout: busyMs });
  let isOpen = true;
  try {
    // What its author wrote into the schema (triggers, defaults, indexes) may call nothing that has effects.
    connection.exec('PRAGMA trusted_schema = OFF');
    connection.prepare(`ATTACH ? AS ${ATTACHED}`).run(`${pathToFileURL(path).href}?mode=rw`);
    // The file is opened with the first look into it.
    connection.prepare(`SELECT count(*) FROM ${ATTACHED}.sqlite_master`).all();
  } catch (error) {
    closeQuietly();
    throw error;
  }

  function closeQuietly(): void {
    isOpen = false;
    try {
      connection.exec(`DETACH ${ATTACHED}`);
    } catch {
      // It was not attached.
    }
    connection.close();
  }

  return {
    connection,
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      connection.exec(`DETACH ${ATTACHED}`);
      connection.close();
    },
  };
}
