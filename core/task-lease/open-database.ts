import { type BigIntStats, statSync } from 'node:fs';
import { errorCode } from '../host/errors';
import { type AttachedDatabase, attachDatabase, describeDatabaseError } from './attached-database';
import { lookAtTasks } from './database/tasks-table';
import { isBusy } from './lease-attempts';
import { type LeaseStatements, prepareStatements } from './lease-statements';
import { isSameFile } from './same-file';

/** Why task leases cannot be opened; nothing was written, and no file made. */
export type WhyNotOpen =
  | 'missing'
  | 'unreadable'
  | 'no-tasks-table'
  /** What a write into its tasks would do is not known: they have triggers, or columns that are computed. */
  | 'not-understood'
  | 'needs-migration'
  | 'busy';

export class CannotOpenLeases extends Error {
  constructor(
    readonly why: WhyNotOpen,
    message: string,
  ) {
    super(message);
    this.name = 'CannotOpenLeases';
  }
}

/** How long SQLite itself waits for another writer, in each attempt and with the thread blocked. */
const BUSY_MS = 100;
/** How long opening waits, once: nobody can be told to try again before there is anything to try with. */
const OPENING_BUSY_MS = 1_000;

export interface LeaseDatabase {
  readonly database: AttachedDatabase;
  readonly statements: LeaseStatements;
  readonly identity: BigIntStats;
}

/** Opens the database at `path` (absolute) for the lease code. Throws `CannotOpenLeases`. */
export function openLeaseDatabase(path: string): LeaseDatabase {
  let database: AttachedDatabase | null = null;
  try {
    const identity = statSync(path, { bigint: true });
    database = attachDatabase(path, OPENING_BUSY_MS);
    if (!isSameFile(identity, path))
      throw new CannotOpenLeases('unreadable', 'Another file has taken its place meanwhile.');
    const table = lookAtTasks(database.connection);
    if (table === null || !table.isPlain) {
      throw new CannotOpenLeases('no-tasks-table', 'The database has no ordinary table of tasks.');
    }
    if (table.against !== null) throw new CannotOpenLeases('not-understood', table.against);
    if (table.missing.length > 0) {
      const names = table.missing.join(', ');
      throw new CannotOpenLeases(
        'needs-migration',
        `The tasks table has no ${names}: it needs the migration (lockscope migrate).`,
      );
    }
    const statements = prepareStatements(database.connection, table);
    database.connection.exec(`PRAGMA busy_timeout = ${BUSY_MS.toString()}`);
    return { database, statements, identity };
  } catch (error) {
    database?.close();
    throw whyNotOpen(error);
  }
}

function whyNotOpen(error: unknown): CannotOpenLeases {
  if (error instanceof CannotOpenLeases) return error;
  if (errorCode(error) === 'ENOENT') return new CannotOpenLeases('missing', 'There is no such database.');
  const why = isBusy(error) ? 'busy' : 'unreadable';
  return new CannotOpenLeases(why, `The database cannot be opened: ${describeDatabaseError(error)}.`);
}
