import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ATTACHED } from '../attached-database';
import { missingColumns, tasksShape } from '../schema';
import type { TasksTable } from './messages';

/** What we read or write besides the columns of the lease. */
const NEEDED = ['id', 'status'] as const;
/** The columns that we write. */
export const WRITTEN: ReadonlySet<string> = new Set([
  'version',
  'assignee',
  'assigned_at',
  'lock_until',
  'status',
  'status_enum',
  'updated_at',
]);

interface Entry {
  readonly type: string;
  /** Its beginning. */
  readonly sql: string | null;
}

function tasksEntry(connection: DatabaseSyncInstance): Entry | null {
  const entry = connection
    .prepare(
      `SELECT type, substr(sql, 1, 40) AS sql FROM ${ATTACHED}.sqlite_master
       WHERE name = 'tasks' COLLATE NOCASE AND type IN ('table', 'view')`,
    )
    .get() as Entry | undefined;
  return entry ?? null;
}

/** Whether the tasks of the attached database are kept in a plain table. Throws SQLite's error. */
export function hasPlainTasks(connection: DatabaseSyncInstance): boolean {
  const entry = tasksEntry(connection);
  return entry !== null && isPlainTable(entry);
}

/** What the tasks table of the attached database is. Null when there is none. Throws SQLite's error. */
export function lookAtTasks(connection: DatabaseSyncInstance): TasksTable | null {
  const entry = tasksEntry(connection);
  if (entry === null) return null;
  const columns = connection.prepare(`PRAGMA ${ATTACHED}.table_xinfo(tasks)`).all() as {
    readonly name: string;
    readonly notnull: number;
    readonly hidden: number;
  }[];
  const seen = columns.map(({ name, notnull }) => ({ name, notNull: notnull === 1 }));
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  const computed = columns.find(({ name, hidden }) => hidden !== 0 && WRITTEN.has(name.toLowerCase()));
  return {
    isPlain: isPlainTable(entry),
    shape: tasksShape(seen),
    columns: names,
    missing: missingColumns(seen),
    against: whyNotWritten(
      connection,
      entry,
      NEEDED.filter((name) => !names.has(name)),
      computed?.name ?? null,
    ),
  };
}

/** A table made by `CREATE TABLE`, and nothing that only looks like one. */
function isPlainTable({ type, sql }: Entry): boolean {
  return type === 'table' && !/^\s*create\s+virtual/i.test(sql ?? '');
}

function whyNotWritten(
  connection: DatabaseSyncInstance,
  entry: Entry,
  lacking: readonly string[],
  computed: string | null,
): string | null {
  if (!isPlainTable(entry)) return 'Its tasks are not kept in a plain table, so nothing is written into them.';
  const [needed] = lacking;
  if (needed !== undefined) return `Its tasks have no column "${needed}", so nothing is written into them.`;
  if (computed !== null) return computedWords(computed);
  const { count } = connection
    .prepare(
      `SELECT count(*) AS count FROM ${ATTACHED}.sqlite_master WHERE type = 'trigger' AND tbl_name = 'tasks' COLLATE NOCASE`,
    )
    .get() as { readonly count: number };
  if (count === 0) return null;
  return HAS_TRIGGERS;
}

export const HAS_TRIGGERS =
  'Its tasks have triggers, which exarp does not make. What they would do is not known, so nothing is written.';

export function computedWords(column: string): string {
  return `Its column "${column}" is computed by the table itself, so nothing is written into it.`;
}
