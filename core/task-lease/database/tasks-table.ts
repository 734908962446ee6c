import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ATTACHED } from '../attached-database';
import { missingColumns, tasksShape } from '../schema';
import type { TasksTable } from './messages';

/** What we read or write besides the columns of the lease. */
const NEEDED = ['id', 'status'] as const;
const WRITTEN = new Set(['version', 'assignee', 'assigned_at', 'lock_until', 'status', 'status_enum', 'updated_at']);

/** What the tasks table of the attached database is. Null when there is none. Throws SQLite's error. */
export function lookAtTasks(connection: DatabaseSyncInstance): TasksTable | null {
  const entries = connection
    .prepare(
      `SELECT type, substr(sql, 1, 40) AS sql FROM ${ATTACHED}.sqlite_master WHERE name = 'tasks' COLLATE NOCASE`,
    )
    .all() as { readonly type: string; readonly sql: string | null }[];
  const [entry] = entries;
  if (entry === undefined) return null;
  const columns = connection.prepare(`PRAGMA ${ATTACHED}.table_xinfo(tasks)`).all() as {
    readonly name: string;
    readonly notnull: number;
    readonly hidden: number;
  }[];
  const seen = columns.map(({ name, notnull }) => ({ name, notNull: notnull === 1 }));
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  const computed = columns.find(({ name, hidden }) => hidden !== 0 && WRITTEN.has(name.toLowerCase()));
  return {
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
export function isPlainTable({ type, sql }: { readonly type: string; readonly sql: string | null }): boolean {
  return type === 'table' && !/^\s*create\s+virtual/i.test(sql ?? '');
}

function whyNotWritten(
  connection: DatabaseSyncInstance,
  entry: { readonly type: string; readonly sql: string | null },
  lacking: readonly string[],
  computed: string | null,
): string | null {
  if (!isPlainTable(entry)) return 'Its tasks are not kept in a plain table, so nothing is written into them.';
  const [needed] = lacking;
  if (needed !== undefined) return `Its tasks have no column "${needed}", so nothing is written into them.`;
  if (computed !== null)
    return `Its column "${computed}" is computed by the table itself, so nothing is written into it.`;
  const { count } = connection
    .prepare(
      `SELECT count(*) AS count FROM ${ATTACHED}.sqlite_master WHERE type = 'trigger' AND tbl_name = 'tasks' COLLATE NOCASE`,
    )
    .get() as { readonly count: number };
  if (count === 0) return null;
  return 'Its tasks have triggers, which exarp does not make. What they would do is not known, so nothing is written.';
}
