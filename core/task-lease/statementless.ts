import { pathToFileURL } from 'node:url';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { sqliteLibrary } from './sqlite-library';
import { refuseSuperJournal } from './super-journal';

type Cell = null | number | string | Uint8Array;

/** A connection that prepares no statement, and so lets go of its file at once when it is closed. */
export interface StatementlessDatabase {
  readonly connection: DatabaseSyncInstance;
  /** The rows of `SELECT emit(a, b, …) FROM …`, each as its columns. */
  rows(sql: string): readonly (readonly Cell[])[];
  close(): void;
}

/**
 * Connects to an existing SQLite file for writing. Throws SQLite's error, and where the journal beside the file would make
 * SQLite remove another one. A commit is durable when it returns. `busyMs` as in `attachDatabase`.
 */
export function openStatementless(path: string, busyMs: number): StatementlessDatabase {
  refuseSuperJournal(path);
  const { DatabaseSync } = sqliteLibrary();
  const connection = new DatabaseSync(`${pathToFileURL(path).href}?mode=rw`, { timeout: busyMs });
  let rows: (readonly Cell[])[] = [];
  try {
    connection.exec('PRAGMA trusted_schema = OFF');
    // Also in WAL mode: what it says to have committed outlasts a loss of power.
    connection.exec('PRAGMA synchronous = FULL');
    connection.function('emit', { varargs: true, directOnly: true }, (...columns: readonly Cell[]) => {
      rows.push(columns);
      return 0;
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    connection,
    rows: (sql) => {
      rows = [];
      connection.exec(sql);
      return rows;
    },
    close: () => {
      connection.close();
    },
  };
}
