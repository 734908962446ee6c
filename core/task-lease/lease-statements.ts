import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import type { TasksTable } from './database/messages';
import { type SqlRow, taskColumns, wordColumns } from './lease-rows';
import {
  asParameter,
  CLAIMABLE_STATUSES,
  cleanupSql,
  HAS_END,
  HAS_HOLDER,
  releaseSql,
  statusSql,
  TASK_STATUSES,
  type TaskStatus,
  writeMarkSql,
} from './schema';

type Values = Readonly<Record<string, string | number | null>>;

/** A statement that gives the rows that it read or wrote. It is done, and committed, when it returns. */
export type RowsStatement = (values: Values) => readonly SqlRow[];
/** A statement that gives how many rows it wrote. It is done, and committed, when it returns. */
export type WriteStatement = (values: Values) => number;

/** Each statement of the lease code, prepared once, with the names of its values. */
export interface LeaseStatements {
  /** `task`, `agent`, `now`, `until`, `expected` (a version, or null for any). Gives `version` and the words, or no row. */
  readonly claim: RowsStatement;
  /** `task`, `assignee`, `now`, `expected`. */
  readonly release: WriteStatement;
  /** `task`, `assignee`, `now`, `until`, `expected`. Gives `version`, or no row. */
  readonly renew: RowsStatement;
  /** By status: `task`, `assignee`, `now`, `expected`. Gives `version`, or no row. */
  readonly setStatus: Readonly<Record<TaskStatus, RowsStatement>>;
  /** `now`. Gives the tasks whose leases are over. */
  readonly expired: RowsStatement;
  /** `now`. Ends them. */
  readonly cleanup: WriteStatement;
  /** `task`. */
  readonly task: RowsStatement;
  /** Every task that somebody holds, the end that comes first at first, those without one last. */
  readonly held: RowsStatement;
}

export function prepareStatements(
  connection: DatabaseSyncInstance,
  { shape, columns: names }: Pick<TasksTable, 'shape' | 'columns'>,
): LeaseStatements {
  const read = taskColumns(names);
  const mark = writeMarkSql(shape, asParameter);
  const unmoved = '(:expected IS NULL OR version = :expected)';
  const mine = `id = :task AND assignee = :assignee AND ${unmoved}`;

  function rows(sql: string): RowsStatement {
    const { statement, ordered } = prepare(connection, sql);
    // A number that no double holds must not make a write fail after it was done.
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    // Every row is asked for: a statement that still has one to give has not committed yet, and could still fail to.
    return (values) => statement.all(...ordered(values)) as readonly SqlRow[];
  }

  function write(sql: string): WriteStatement {
    const { statement, ordered } = prepare(connection, sql);
    return (values) => statement.run(...ordered(values)).changes;
  }

  const claimable = CLAIMABLE_STATUSES.map((status) => `'${status}'`).join(', ');
  const isFree = `(NOT ${HAS_HOLDER} OR NOT ${HAS_END} OR lock_until < :now)`;
  const lease = `assignee = :agent, assigned_at = :now, lock_until = :until, ${statusSql(shape, 'In Progress')}`;
  const expired = `${HAS_HOLDER} AND ${HAS_END} AND lock_until < :now`;
  const setStatus = (status: TaskStatus): RowsStatement =>
    rows(`UPDATE tasks SET ${statusSql(shape, status)}, ${mark} WHERE ${mine} RETURNING version`);
  return {
    claim: rows(
      `UPDATE tasks SET ${lease}, ${mark}
       WHERE id = :task AND status IN (${claimable}) AND ${isFree} AND ${unmoved}
       RETURNING version, ${wordColumns(names)}`,
    ),
    release: write(`${releaseSql(shape, asParameter)} AND ${unmoved}`),
    renew: rows(`UPDATE tasks SET lock_until = :until, ${mark} WHERE ${mine} RETURNING version`),
    setStatus: Object.fromEntries(TASK_STATUSES.map((status) => [status, setStatus(status)])) as Record<
      TaskStatus,
      RowsStatement
    >,
    expired: rows(`SELECT ${read} FROM tasks WHERE ${expired} ORDER BY lock_until, id`),
    cleanup: write(cleanupSql(shape, asParameter)),
    task: rows(`SELECT ${read} FROM tasks WHERE id = :task`),
    held: rows(`SELECT ${read} FROM tasks WHERE ${HAS_HOLDER} ORDER BY NOT ${HAS_END}, lock_until, id`),
  };
}

interface Prepared {
  readonly statement: StatementSyncInstance;
  readonly ordered: (values: Values) => readonly (string | number | null)[];
}

/** Prepares SQL with values by name (`:task`). They are handed over by their place, which takes a third of the time. */
function prepare(connection: DatabaseSyncInstance, sql: string): Prepared {
  const names: string[] = [];
  const statement = connection.prepare(
    sql.replace(/:(\w+)/g, (_, name: string) => {
      names.push(name);
      return '?';
    }),
  );
  return { statement, ordered: (values) => names.map((name) => values[name] ?? null) };
}
