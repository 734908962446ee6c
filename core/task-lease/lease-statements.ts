import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { ATTACHED } from './attached-database';
import { type SqlRow, taskColumns } from './lease-rows';
import {
  asParameter,
  CLAIMABLE_STATUSES,
  cleanupSql,
  HAS_END,
  HAS_HOLDER,
  releaseSql,
  statusSql,
  TASK_STATUSES,
  type TableColumn,
  type TaskStatus,
  tasksShape,
  writeMarkSql,
} from './schema';

type Parameters = Readonly<Record<string, string | number | null>>;

/** A statement that gives the rows that it read or wrote. It is done, and committed, when it returns. */
export type Statement = (parameters: Parameters) => readonly SqlRow[];

/** Each statement of the lease code, prepared once. Writes give the row as it is afterwards, or none. */
export interface LeaseStatements {
  /** `task`, `agent`, `now`, `until`, `expected` (a version, or null for any). */
  readonly claim: Statement;
  /** `task`, `assignee`, `now`, `expected`. */
  readonly release: Statement;
  /** `task`, `assignee`, `now`, `until`, `expected`. */
  readonly renew: Statement;
  /** By status: `task`, `assignee`, `now`, `expected`. */
  readonly setStatus: Readonly<Record<TaskStatus, Statement>>;
  /** `now`; all leases that are over. */
  readonly expired: Statement;
  /** `now`; ends them. */
  readonly cleanup: Statement;
  /** `task`. */
  readonly task: Statement;
  /** Every task that somebody holds, the end that comes first at first, those without one last. */
  readonly held: Statement;
}

/** The columns of the tasks table; empty where there is no table of that name (a view is none). */
export function tableColumns(connection: DatabaseSyncInstance): readonly TableColumn[] {
  const tables = connection
    .prepare(`SELECT name FROM ${ATTACHED}.sqlite_master WHERE type = 'table' AND name = 'tasks' COLLATE NOCASE`)
    .all();
  if (tables.length === 0) return [];
  const rows = connection.prepare(`PRAGMA ${ATTACHED}.table_info(tasks)`).all() as readonly {
    readonly name: string;
    readonly notnull: number;
  }[];
  return rows.map(({ name, notnull }) => ({ name, notNull: notnull !== 0 }));
}

export function prepareStatements(connection: DatabaseSyncInstance, columns: readonly TableColumn[]): LeaseStatements {
  const shape = tasksShape(columns);
  const read = taskColumns(new Set(columns.map(({ name }) => name.toLowerCase())));
  const mark = writeMarkSql(shape, asParameter);
  const unmoved = '(:expected IS NULL OR version = :expected)';
  const mine = `id = :task AND assignee = :assignee AND ${unmoved}`;

  function prepare(sql: string): Statement {
    const statement: StatementSyncInstance = connection.prepare(sql);
    // A number that no double holds must not make a write fail after it was done.
    statement.setReadBigInts(true);
    // A table without `updated_at` is written without the time.
    statement.setAllowUnknownNamedParameters(true);
    // Every row is asked for: a statement that still has one to give has not committed yet, and could still fail to.
    return (parameters) => statement.all(parameters) as readonly SqlRow[];
  }

  const claimable = CLAIMABLE_STATUSES.map((status) => `'${status}'`).join(', ');
  const isFree = `(NOT ${HAS_HOLDER} OR NOT ${HAS_END} OR lock_until < :now)`;
  const lease = `assignee = :agent, assigned_at = :now, lock_until = :until, ${statusSql(shape, 'In Progress')}`;
  const expired = `${HAS_HOLDER} AND ${HAS_END} AND lock_until < :now`;
  const setStatus = (status: TaskStatus): Statement =>
    prepare(`UPDATE tasks SET ${statusSql(shape, status)}, ${mark} WHERE ${mine} RETURNING version`);
  return {
    claim: prepare(
      `UPDATE tasks SET ${lease}, ${mark}
       WHERE id = :task AND status IN (${claimable}) AND ${isFree} AND ${unmoved} RETURNING ${read}`,
    ),
    release: prepare(`${releaseSql(shape, asParameter)} AND ${unmoved} RETURNING version`),
    renew: prepare(`UPDATE tasks SET lock_until = :until, ${mark} WHERE ${mine} RETURNING version`),
    setStatus: Object.fromEntries(TASK_STATUSES.map((status) => [status, setStatus(status)])) as Record<
      TaskStatus,
      Statement
    >,
    expired: prepare(`SELECT ${read} FROM tasks WHERE ${expired} ORDER BY lock_until, id`),
    cleanup: prepare(`${cleanupSql(shape, asParameter)} RETURNING id`),
    task: prepare(`SELECT ${read} FROM tasks WHERE id = :task`),
    held: prepare(`SELECT ${read} FROM tasks WHERE ${HAS_HOLDER} ORDER BY NOT ${HAS_END}, lock_until, id`),
  };
}
