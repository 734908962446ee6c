/**
 * The columns of exarp's `tasks` table that make a lease, the words that its lease code knows, and the SQL of the two
 * ways to end a lease. All times are integer unix seconds.
 *
 * The lease code writes these columns only, and no activity or change rows; so does ours. A table of a newer exarp
 * differs in two ways, and both are followed: its lease columns may not be NULL (an empty text and 0 stand for it), and
 * its status is kept a second time as a number.
 */

/** What a migrated table has, in the order in which a migration adds them. */
export const LEASE_COLUMNS = ['version', 'assignee', 'assigned_at', 'lock_until'] as const;
export type LeaseColumn = (typeof LEASE_COLUMNS)[number];

/** All statuses, in the order of the numbers that newer tables keep beside them (from 1). */
export const TASK_STATUSES = ['Todo', 'In Progress', 'Review', 'Done', 'Blocked', 'Cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Only a task of one of these can be claimed. */
export const CLAIMABLE_STATUSES: readonly TaskStatus[] = ['Todo', 'In Progress'];

/** A lease that runs and ends within so many seconds is *near expiry*. */
export const NEAR_EXPIRY_S = 300;
/** A lease that has been over for more than so many seconds is *stale*. */
export const STALE_AFTER_S = 300;

/** One row of `PRAGMA table_info(tasks)`. */
export interface TableColumn {
  readonly name: string;
  /** Whether it may not be NULL. */
  readonly notNull: boolean;
}

/** What of a tasks table decides how it is written. */
export interface TasksShape {
  /** What stands in a lease column when there is no lease, as SQL. */
  readonly none: Readonly<Record<'assignee' | 'assigned_at' | 'lock_until', string>>;
  /** Whether the status is kept as a number too, which the table checks. */
  readonly hasStatusNumber: boolean;
  readonly hasUpdatedAt: boolean;
}

/** The lease columns that a tasks table lacks. */
export function missingColumns(columns: readonly TableColumn[]): readonly LeaseColumn[] {
  // SQLite's names of columns differ in case alone for nobody.
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return LEASE_COLUMNS.filter((name) => !names.has(name));
}

/** How a tasks table with all lease columns is written. */
export function tasksShape(columns: readonly TableColumn[]): TasksShape {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const none = (name: LeaseColumn, instead: string): string => (byName.get(name)?.notNull === true ? instead : 'NULL');
  return {
    none: {
      assignee: none('assignee', "''"),
      assigned_at: none('assigned_at', '0'),
      lock_until: none('lock_until', '0'),
    },
    hasStatusNumber: byName.has('status_enum'),
    hasUpdatedAt: byName.has('updated_at'),
  };
}

/** Puts a value into SQL by its name: as a parameter (`:task`), or as whatever the connection understands. */
export type ValueSql = (name: string) => string;

/** A value as a named parameter of a prepared statement. */
export const asParameter: ValueSql = (name) => `:${name}`;

/** Whether a row has a holder. An empty name is none. */
export const HAS_HOLDER = "(assignee IS NOT NULL AND assignee <> '')";

/** Whether a row's lease ends at all: 0 says the same as NULL. */
export const HAS_END = '(lock_until IS NOT NULL AND lock_until > 0)';

/** Each write moves the version, and says when it was, in seconds (the value `now`). */
export function writeMarkSql(shape: TasksShape, value: ValueSql): string {
  return shape.hasUpdatedAt ? `version = version + 1, updated_at = ${value('now')}` : 'version = version + 1';
}

function clearLeaseSql(shape: TasksShape, value: ValueSql): string {
  const { assignee, assigned_at, lock_until } = shape.none;
  const lease = `assignee = ${assignee}, assigned_at = ${assigned_at}, lock_until = ${lock_until}`;
  return `${lease}, ${writeMarkSql(shape, value)}`;
}

/** Sets a status by its word. */
export function statusSql(shape: TasksShape, status: TaskStatus): string {
  const number = (TASK_STATUSES.indexOf(status) + 1).toString();
  return `status = '${status}'${shape.hasStatusNumber ? `, status_enum = ${number}` : ''}`;
}

/** Work that was begun is to be done again; any other status is kept. */
function backToTodoSql(shape: TasksShape): string {
  const status = "status = CASE WHEN status = 'In Progress' THEN 'Todo' ELSE status END";
  const number = "status_enum = CASE WHEN status = 'In Progress' THEN 1 ELSE status_enum END";
  return shape.hasStatusNumber ? `${status}, ${number}` : status;
}

/** The assignee's own release: clears the lease and keeps the status. Values: `task`, `assignee`, `now`. */
export function releaseSql(shape: TasksShape, value: ValueSql): string {
  const row = `id = ${value('task')} AND assignee = ${value('assignee')}`;
  return `UPDATE tasks SET ${clearLeaseSql(shape, value)} WHERE ${row}`;
}

/** The cleanup of all leases that are over: clears them, `In Progress` becomes `Todo`. Value: `now`. */
export function cleanupSql(shape: TasksShape, value: ValueSql): string {
  const expired = `${HAS_HOLDER} AND ${HAS_END} AND lock_until < ${value('now')}`;
  return `UPDATE tasks SET ${clearLeaseSql(shape, value)}, ${backToTodoSql(shape)} WHERE ${expired}`;
}

/**
 * Ends exactly the lease that was seen, as a release (status kept) or as the cleanup does (`In Progress` becomes
 * `Todo`). Values: `task`, `assignee`, `assignedAt`, `lockUntil` as they were read (also NULL), and `now`. Changes one
 * row, or none where the lease is another one by now; that only `version` moved makes no difference.
 */
export function endSeenLeaseSql(shape: TasksShape, how: 'release' | 'cleanup', value: ValueSql): string {
  const status = how === 'cleanup' ? `, ${backToTodoSql(shape)}` : '';
  const seen = [
    `id = ${value('task')}`,
    `assignee IS ${value('assignee')}`,
    `assigned_at IS ${value('assignedAt')}`,
    `lock_until IS ${value('lockUntil')}`,
  ];
  return `UPDATE tasks SET ${clearLeaseSql(shape, value)}${status} WHERE ${seen.join(' AND ')}`;
}
