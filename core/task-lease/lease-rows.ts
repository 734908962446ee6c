import type { Task } from './lease-results';

/** A value of a column, as the library gives it with `setReadBigInts`: whole numbers are exact. */
export type SqlValue = null | bigint | number | string | Uint8Array;
export type SqlRow = readonly SqlValue[];

/** What a task is called by, where the table has it. */
export function wordColumns(names: ReadonlySet<string>): string {
  return ['content', 'long_description', 'priority'].map((name) => (names.has(name) ? name : 'NULL')).join(', ');
}

/** What is read of a task, in the order of `taskFromRow`: its lease, and its words. */
export function taskColumns(names: ReadonlySet<string>): string {
  return `id, status, version, assignee, assigned_at, lock_until, ${wordColumns(names)}`;
}

/** A row of `taskColumns` as a task. Whatever else stands in a column than it should reads as nothing. */
export function taskFromRow(row: SqlRow): Task {
  const [id, status, version, assignee, assignedAt, lockUntil, content, longDescription, priority] = row;
  const holder = textOf(assignee);
  return {
    id: textOf(id) ?? '',
    content: textOf(content),
    longDescription: textOf(longDescription),
    priority: textOf(priority),
    status: textOf(status) ?? '',
    version: wholeNumber(version) ?? 0,
    assignee: holder === '' ? null : holder,
    assignedAtMs: msOf(assignedAt),
    lockUntilMs: msOf(lockUntil),
  };
}

export function textOf(value: SqlValue | undefined): string | null {
  if (value === null || value === undefined || value instanceof Uint8Array) return null;
  return typeof value === 'string' ? value : value.toString();
}

export function wholeNumber(value: SqlValue | undefined): number | null {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? Math.trunc(value) : null;
}

/** Unix seconds as ms; null where there is no time, for which newer tables have 0. */
function msOf(value: SqlValue | undefined): number | null {
  const seconds = wholeNumber(value);
  return seconds === null || seconds <= 0 ? null : seconds * 1000;
}
