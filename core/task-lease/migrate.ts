import { type BigIntStats, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../host/errors';
import type { Clock } from '../host/host';
import { describeDatabaseError } from './attached-database';
import { isBusy } from './lease-attempts';
import { backUp, backupPath } from './migrate-backup';
import { planStatements } from './migrate-plan';
import { isSameFile } from './same-file';
import { openStatementless, type StatementlessDatabase } from './statementless';
import { whyNotWritable } from './why-not-writable';

/** What would be done to a database, and nothing is done yet. */
export type MigrationPlan =
  | {
      readonly kind: 'planned';
      readonly database: string;
      /** Exactly what is run, in this order and as one transaction. */
      readonly statements: readonly string[];
      /** Where the backup goes, or would with a number behind it where that is taken. */
      readonly backup: string;
    }
  /** It has all columns and indexes. */
  | { readonly kind: 'nothing'; readonly database: string }
  | NotMigrated;

/** Nothing was changed. Each message is a sentence. */
export type NotMigrated =
  | { readonly kind: 'refused'; readonly message: string }
  /** Others were writing all the time. */
  | { readonly kind: 'busy'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export type MigrationOutcome =
  | {
      readonly kind: 'migrated';
      readonly database: string;
      readonly statements: readonly string[];
      readonly backup: string;
    }
  | { readonly kind: 'nothing'; readonly database: string }
  /** The table is not the one that was planned for. */
  | { readonly kind: 'conflict'; readonly message: string }
  | NotMigrated;

const BUSY_MS = 5_000;

/**
 * What a migration of the database at `path` (its file, its folder, or the project folder around `.todo2`) would do.
 * Never rejects, and changes nothing.
 */
export function planMigration(path: string, options: { readonly clock: Clock }): Promise<MigrationPlan> {
  return withDatabase(path, ({ database, file }): MigrationPlan => {
    const plan = planStatements(database);
    if (plan.kind === 'refused') return { kind: 'refused', message: plan.reason };
    const { statements } = plan;
    if (statements.length === 0) return { kind: 'nothing', database: file };
    return { kind: 'planned', database: file, statements, backup: backupPath(file, options.clock.nowMs()) };
  });
}

/**
 * Adds to the tasks table what it lacks for leases (seed 001, *Database Migration*): four columns and three indexes, in
 * the shape in which exarp makes them. What is there stays as it is, also exarp's own list of migrations, which takes
 * columns that are there for made.
 *
 * The write lock is held from the first look to the end: nobody writes between the backup and the change. The backup is
 * on disk before anything is changed. A crash leaves the table as it was, or whole. Runs only what was planned; where
 * the table lacks something else by now, it is a conflict. Never rejects.
 */
export function migrate(plan: MigrationPlan & { readonly kind: 'planned' }): Promise<MigrationOutcome> {
  return withDatabase(plan.database, async ({ database, file, seen }): Promise<MigrationOutcome> => {
    const { connection } = database;
    connection.exec('BEGIN IMMEDIATE');
    try {
      if (!isSameFile(seen, file)) return REPLACED;
      const now = planStatements(database);
      if (now.kind === 'refused') return { kind: 'refused', message: now.reason };
      if (now.statements.length === 0) return { kind: 'nothing', database: file };
      if (now.statements.join(';') !== plan.statements.join(';')) {
        return { kind: 'conflict', message: 'The tasks table has changed since it was looked at; nothing was done.' };
      }
      const backup = await backUp(file, plan.backup);
      let isCommitting = false;
      try {
        if (isSameFile(seen, file)) for (const statement of now.statements) connection.exec(statement);
        if (!isSameFile(seen, file)) {
          rmSync(backup, { force: true });
          return REPLACED;
        }
        isCommitting = true;
        connection.exec('COMMIT');
      } catch (error) {
        // Nothing will be changed, so there is nothing to go back to. Only of a commit that failed it is not known.
        if (!isCommitting || isBusy(error)) rmSync(backup, { force: true });
        throw error;
      }
      return { kind: 'migrated', database: file, statements: now.statements, backup };
    } finally {
      // Committed, there is none any more; some errors have ended it too.
      if (connection.isTransaction) connection.exec('ROLLBACK');
    }
  });
}

const REPLACED: MigrationOutcome = {
  kind: 'conflict',
  message: 'Another file has taken the place of the database; nothing was done.',
};

interface Opened {
  readonly database: StatementlessDatabase;
  readonly file: string;
  /** As it was before it was opened. */
  readonly seen: BigIntStats;
}

async function withDatabase<T>(path: string, use: (opened: Opened) => T | Promise<T>): Promise<T | NotMigrated> {
  let database: StatementlessDatabase | null = null;
  try {
    const file = databaseFile(path);
    if (file === null) return { kind: 'refused', message: 'There is no such database.' };
    const reason = whyNotWritable(file);
    if (reason !== null) return { kind: 'refused', message: reason };
    const seen = statSync(file, { bigint: true });
    database = openStatementless(file, BUSY_MS);
    return await use({ database, file, seen });
  } catch (error) {
    return whyNot(error);
  } finally {
    database?.close();
  }
}

/** The database that a path means, links resolved; null where there is none. */
function databaseFile(path: string): string | null {
  const candidates = [path, join(path, '.todo2', 'todo2.db'), join(path, 'todo2.db')];
  const file = candidates.find((candidate) => isFile(candidate));
  return file === undefined ? null : realpathSync(file);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

function whyNot(error: unknown): NotMigrated {
  if (isBusy(error)) return { kind: 'busy', message: 'Other programs kept the database busy; nothing was changed.' };
  return { kind: 'failed', message: `The database cannot be migrated: ${describeDatabaseError(error)}.` };
}
