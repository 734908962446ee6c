import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ATTACHED } from '../attached-database';
import { HAS_END, HAS_HOLDER } from '../schema';
import type { Cell, LeaseRow, LeasesRead, ReadAnswer, ShownRow } from './messages';
import { NotReadable, readDatabase } from './read-database';
import { hasPlainTasks, lookAtTasks } from './tasks-table';

/** So many holders are read of one database, at most. */
const MOST_ROWS = 50_000;
/** And so many bytes of them: each may have some long values. */
const MOST_BYTES = 64 * 1024 * 1024;
/** So many ids of tasks without a holder are named. */
const MOST_NAMED = 20;
/** Longer values are not brought out of a database whole, in bytes. */
const LONGEST_KEY = 16 * 1024;
const LONGEST_TEXT = 4 * 1024;
/** A text of which even the beginning is not read: SQLite would have to read all of it first. */
const LONGEST_READ = 16 * 1024 * 1024;

type Wanted = readonly [column: string, longest: number];
/** In the order of `LeaseRow`'s making below. */
const WANTED: readonly Wanted[] = [
  ['id', LONGEST_KEY],
  ['assignee', LONGEST_KEY],
  ['assigned_at', LONGEST_KEY],
  ['lock_until', LONGEST_KEY],
  ['name', LONGEST_TEXT],
  ['status', LONGEST_TEXT],
  ['version', LONGEST_KEY],
  ['updated_at', LONGEST_KEY],
];

type Found = Pick<LeasesRead, 'rows' | 'isCut' | 'missing' | 'against' | 'ownerless'>;

/** Reads every task that has a holder. Never throws. */
export function readLeases(path: string): ReadAnswer {
  const before = process.cpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  try {
    const { value, how, journal, files } = readDatabase(path, findLeases);
    return { kind: 'read', how, journal, files, cpuMs: cpuMs(), ...value };
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    return { kind: 'failed', why: error.why, message: error.message, cpuMs: cpuMs() };
  }
}

/** A row of `tasks`, as it is shown; null where there is none, or nothing can be read. */
export function readRow(path: string, id: Cell): ShownRow | null {
  try {
    return readDatabase(path, (connection) =>
      hasPlainTasks(connection) ? shownRow(connection, `${ATTACHED}.tasks`, id) : null,
    ).value;
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    return null;
  }
}

/** The status that some tasks have now. Never throws. */
export function readStatuses(path: string, ids: readonly Cell[]): readonly Cell[] {
  try {
    return readDatabase(path, (connection) => {
      if (!hasPlainTasks(connection)) return [];
      const statement = connection.prepare(
        `SELECT ${cutSql('status', LONGEST_TEXT)} FROM ${ATTACHED}.tasks WHERE id IS ?`,
        { returnArrays: true },
      );
      return ids.map((id) => (statement.get(id) as readonly Cell[] | undefined)?.[0] ?? null);
    }).value;
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    return [];
  }
}

/** Each column of one row with SQLite's own spelling of its value, cut where it is long. */
export function shownRow(connection: DatabaseSyncInstance, table: string, id: Cell): ShownRow | null {
  const columns = connection.prepare(`PRAGMA ${ATTACHED}.table_xinfo(tasks)`).all() as { readonly name: string }[];
  const values = columns.map(({ name }) => {
    const column = quoteName(name);
    return `CASE WHEN octet_length(${column}) <= ${LONGEST_TEXT.toString()} THEN quote(${column})
      ELSE '(' || typeof(${column}) || ' of ' || octet_length(${column}) || ' bytes)' END`;
  });
  const statement = connection.prepare(`SELECT ${values.join(', ')} FROM ${table} WHERE id IS ?`, {
    returnArrays: true,
  });
  const row = statement.get(id) as readonly (string | null)[] | undefined;
  return row === undefined ? null : columns.map(({ name }, at) => ({ column: name, value: row[at] ?? 'NULL' }));
}

function findLeases(connection: DatabaseSyncInstance): Found {
  const table = lookAtTasks(connection);
  if (table === null) throw new NotReadable('no-tasks', 'it has no table "tasks"');
  const { missing, against } = table;
  const nothing: Found = { rows: [], isCut: false, missing, against, ownerless: { ids: [], count: 0 } };
  // A view may compute for hours.
  if (missing.includes('assignee') || !table.columns.has('id') || !table.isPlain) return nothing;
  const has = (column: string): boolean => table.columns.has(column);
  return {
    ...nothing,
    ...findRows(connection, has),
    ownerless: has('lock_until') ? findOwnerless(connection) : nothing.ownerless,
  };
}

function findRows(connection: DatabaseSyncInstance, has: (column: string) => boolean): Pick<Found, 'rows' | 'isCut'> {
  const columns = WANTED.map(([column, longest]) => {
    if (!has(column)) return 'NULL';
    const value = cutSql(column, longest);
    return column === 'name' && has('content')
      ? `coalesce(nullif(${value}, ''), ${cutSql('content', longest)})`
      : value;
  });
  // A title that is cut makes no difference to what is written. The library ends a text at its first NUL.
  const cuts = WANTED.filter(([column]) => has(column) && column !== 'name').map(
    ([column, longest]) =>
      `coalesce(octet_length(${column}), 0) > ${longest.toString()} OR (typeof(${column}) = 'text' AND instr(${column}, char(0)) > 0)`,
  );
  const rows: LeaseRow[] = [];
  let bytes = 0;
  const statement = connection.prepare(
    `SELECT ${columns.join(', ')}, ${cuts.join(' OR ')} FROM ${ATTACHED}.tasks WHERE ${HAS_HOLDER}`,
    { readBigInts: true, returnArrays: true },
  );
  for (const values of statement.iterate() as IterableIterator<readonly Cell[]>) {
    bytes += sizeOf(values);
    if (rows.length === MOST_ROWS || bytes > MOST_BYTES) return { rows, isCut: true };
    const [id, assignee, assignedAt, lockUntil, name, status, version, updatedAt, isCut] = values;
    rows.push({
      id: id ?? null,
      assignee: assignee ?? null,
      assignedAt: assignedAt ?? null,
      lockUntil: lockUntil ?? null,
      name: name ?? null,
      status: status ?? null,
      version: version ?? null,
      updatedAt: updatedAt ?? null,
      isCut: isCut === 1n,
    });
  }
  return { rows, isCut: false };
}

/** What a row takes of memory, about. */
function sizeOf(values: readonly Cell[]): number {
  return values.reduce<number>((sum, value) => {
    if (typeof value === 'string') return sum + value.length * 2;
    return sum + (value instanceof Uint8Array ? value.byteLength : 8);
  }, 0);
}

function findOwnerless(connection: DatabaseSyncInstance): Found['ownerless'] {
  const where = `FROM ${ATTACHED}.tasks WHERE NOT ${HAS_HOLDER} AND ${HAS_END}`;
  const ids = connection
    .prepare(`SELECT ${cutSql('id', LONGEST_TEXT)} ${where} LIMIT ${MOST_NAMED.toString()}`, {
      readBigInts: true,
      returnArrays: true,
    })
    .all() as readonly (readonly Cell[])[];
  if (ids.length < MOST_NAMED) return { ids: ids.map(([id]) => id ?? null), count: ids.length };
  const { count } = connection.prepare(`SELECT count(*) AS count ${where}`).get() as { readonly count: number };
  return { ids: ids.map(([id]) => id ?? null), count };
}

/** A value whole, or its beginning where it is too long. Lengths are known to SQLite without reading the value. */
function cutSql(column: string, longest: number): string {
  const most = longest.toString();
  return `CASE WHEN ${column} IS NULL OR octet_length(${column}) <= ${most} THEN ${column}
    WHEN octet_length(${column}) <= ${LONGEST_READ.toString()} THEN substr(${column}, 1, ${most}) ELSE '' END`;
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
