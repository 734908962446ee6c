import type { Task } from './lease-results';

/** A value of a column, as the library gives it with `setReadBigInts`: whole numbers are exact. */
export type SqlValue = null | bigint | number | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What is read of a task: its lease, and its words where the table has them. */
export function taskColumns(names: ReadonlySet<string>): string {
  const lease = 'id, status, version, assignee, assigned_at, lock_until';
  const words = ['content', 'long_description', 'priority'].map((name) => (names.has(name) ? name : `NULL AS ${name}`));
  return `${lease}, ${words.join(', ')}`;
}

/** A row of `taskColumns` as a task. Whatever else stands in a column than it should reads as nothing. */
export function taskFromRow(row: SqlRow): Task {
  const lockUntil = seconds(row['lock_until']);
  const assignedAt = seconds(row['assigned_at']);
  const assignee = text(row['assignee']);
  return {
    id: text(row['id']) ?? '',
    content: text(row['content']),
    longDescription: text(row['long_description']),
    priority: text(row['priority']),
    status: text(row['status']) ?? '',
    version: seconds(row['version']) ?? 0,
    assignee: assignee === '' ? null : assignee,
    assignedAtMs: assignedAt === null || assignedAt <= 0 ? null : assignedAt * 1000,
    lockUntilMs: lockUntil === null || lockUntil <= 0 ? null : lockUntil * 1000,
  };
}

function text(value: SqlValue | undefined): string | null {
  if (value === null || value === undefined || value instanceof Uint8Array) return null;
  return typeof value === 'string' ? value : value.toString();
}

function seconds(value: SqlValue | undefined): number | null {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? Math.trunc(value) : null;
}
