import { statSync } from 'node:fs';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ATTACHED, type AttachedDatabase, attachDatabase } from '../attached-database';
import { isBusy } from '../lease-attempts';
import { isSameFile } from '../same-file';
import { asParameter, endSeenLeaseSql } from '../schema';
import { whyNotWritable } from '../why-not-writable';
import type { Cell, EndAnswer, EndedLease, EndLeases, SeenLease, ShownRow, TasksTable } from './messages';
import { inWords, NotReadable, readDatabase, sqliteCode } from './read-database';
import { shownRow } from './read-leases';
import { lookAtTasks } from './tasks-table';

/** The waits, in ms, before the second and the third attempt at a database that is locked: exarp's own. */
const WAITS_MS = [100, 200] as const;
const ANSWERED_WITHIN_MS = 200;

/** A reason not to write, in a sentence. */
class Refused extends Error {}

class Differs extends Error {
  constructor(
    readonly index: number,
    readonly now: SeenLease | null,
  ) {
    super('it is not what was seen');
  }
}

/** What ending some leases would write: the very statements, run on a copy of their rows in memory. Never throws. */
export function tryEnding(path: string, ending: EndLeases): EndAnswer {
  try {
    const reason = whyNotWritable(path);
    if (reason !== null) return { kind: 'refused', reason };
    return readDatabase(path, (connection): EndAnswer => {
      connection.exec(`CREATE TABLE main.trial AS SELECT * FROM ${ATTACHED}.tasks WHERE 0`);
      const copy = connection.prepare(`INSERT INTO main.trial SELECT * FROM ${ATTACHED}.tasks WHERE id IS ?`);
      for (const { id } of ending.leases) copy.run(id);
      try {
        return endAll(connection, 'main.trial', ending);
      } catch (error) {
        // An answer, like any other that is read.
        if (error instanceof Differs || error instanceof Refused) return answerTo(error, 'no');
        throw error;
      }
    }).value;
  } catch (error) {
    if (error instanceof NotReadable) return { kind: 'failed', message: error.message, isWritten: 'no' };
    return answerTo(error, 'no');
  }
}

/**
 * Ends leases, all or none, each only if its id, its holder and its times are exactly what was seen, whatever else of the
 * task has changed: in one transaction that takes the write lock first and is durable when it is answered. A database that
 * is locked is tried three times. Never throws.
 */
export async function endLeases(path: string, ending: EndLeases): Promise<EndAnswer> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = endOnce(path, ending);
    const waitMs = WAITS_MS[attempt];
    if (answer.kind !== 'busy' || waitMs === undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function endOnce(path: string, ending: EndLeases): EndAnswer {
  let database: AttachedDatabase | null = null;
  let isCommitting = false;
  try {
    const reason = whyNotWritable(path);
    if (reason !== null) return { kind: 'refused', reason };
    const file = statSync(path, { bigint: true });
    database = attachDatabase(path, 0);
    const { connection } = database;
    connection.enableDefensive(true);
    connection.exec(`PRAGMA ${ATTACHED}.synchronous = FULL`);
    connection.exec('BEGIN IMMEDIATE');
    const answer = endAll(connection, `${ATTACHED}.tasks`, ending);
    if (!isSameFile(file, path))
      throw new Refused('Another file has taken the place of the database; nothing was written.');
    isCommitting = true;
    connection.exec('COMMIT');
    return answer;
  } catch (error) {
    const answer = answerTo(error, isCommitting ? 'unknown' : 'no');
    // A commit that met another's lock has written nothing, and is taken back below.
    return isCommitting && isBusy(error) ? { kind: 'busy' } : answer;
  } finally {
    if (database !== null) letGo(database);
  }
}

function letGo(database: AttachedDatabase): void {
  try {
    if (database.connection.isTransaction) database.connection.exec('ROLLBACK');
    database.close();
  } catch {
    // It could not be closed. At the end of this process the system takes back every lock of it; the answer goes first.
    setTimeout(() => process.exit(1), ANSWERED_WITHIN_MS);
  }
}

function endAll(connection: DatabaseSyncInstance, table: string, ending: EndLeases): EndAnswer {
  const tasks = lookAtTasks(connection);
  if (tasks === null) throw new Refused('It has no table "tasks" any more.');
  const [missing] = tasks.missing;
  if (missing !== undefined) {
    throw new Refused(`Its tasks have no column "${missing}". \`lockscope migrate\` adds what a lease needs.`);
  }
  if (tasks.against !== null) throw new Refused(tasks.against);
  const sql = sqlOn(table, tasks, ending);
  const update = connection.prepare(sql);
  const changes = connection.prepare('SELECT changes() AS count');
  const leases = ending.leases.map((lease, index): EndedLease => {
    const before = shownRow(connection, table, lease.id);
    const now = leaseNow(connection, table, lease.id);
    if (before === null || now === null || !isSameLease(now, lease)) throw new Differs(index, now);
    if (holdsNul(connection, table, lease.id)) {
      throw new Refused(
        'A value of the lease has a NUL in its text, which cannot be shown whole, so nothing is written.',
      );
    }
    if (ending.onlyOver && !isOver(lease.lockUntil, ending.nowS)) throw new Differs(index, now);
    update.run({
      task: lease.id,
      assignee: lease.assignee,
      assignedAt: lease.assignedAt,
      lockUntil: lease.lockUntil,
      now: BigInt(ending.nowS),
    });
    const { count } = changes.get() as { readonly count: number };
    if (count === 0) throw new Differs(index, now);
    if (count !== 1) throw new Refused(`${count.toString()} tasks have the same id, so nothing is written.`);
    const after = shownRow(connection, table, lease.id);
    if (after === null) throw new Refused('What was written cannot be read back, so it was taken back.');
    return { sql: shownSql(connection, tasks, ending, lease), before, after: changedOnly(before, after) };
  });
  return { kind: 'ended', leases };
}

function sqlOn(table: string, tasks: TasksTable, { how }: EndLeases): string {
  return endSeenLeaseSql(tasks.shape, how, asParameter).replace('UPDATE tasks ', `UPDATE ${table} `);
}

/** The statement as it is carried out, with SQLite's own spelling of each value. */
function shownSql(
  connection: DatabaseSyncInstance,
  tasks: TasksTable,
  { how, nowS }: EndLeases,
  lease: SeenLease,
): string {
  const quote = connection.prepare('SELECT quote(?)', { returnArrays: true });
  const values: Readonly<Record<string, Cell>> = {
    task: lease.id,
    assignee: lease.assignee,
    assignedAt: lease.assignedAt,
    lockUntil: lease.lockUntil,
    now: BigInt(nowS),
  };
  return endSeenLeaseSql(tasks.shape, how, (name) => {
    const row = quote.get(values[name] ?? null) as readonly unknown[];
    return String(row[0]);
  });
}

/** What of a row is not as it was before. */
function changedOnly(before: ShownRow, after: ShownRow): ShownRow {
  return after.filter(({ value }, at) => before[at]?.value !== value);
}

function leaseNow(connection: DatabaseSyncInstance, table: string, id: Cell): SeenLease | null {
  const row = connection
    .prepare(`SELECT id, assignee, assigned_at, lock_until FROM ${table} WHERE id IS ?`, {
      readBigInts: true,
      returnArrays: true,
    })
    .get(id) as readonly Cell[] | undefined;
  if (row === undefined) return null;
  const [idNow = null, assignee = null, assignedAt = null, lockUntil = null] = row;
  return { id: idNow, assignee, assignedAt, lockUntil };
}

/** SQLite's own spelling of a text, and what is read of it, may end at a NUL. */
function holdsNul(connection: DatabaseSyncInstance, table: string, id: Cell): boolean {
  const texts = ['id', 'assignee', 'assigned_at', 'lock_until', 'status'].map(
    (column) => `(typeof(${column}) = 'text' AND instr(CAST(${column} AS BLOB), x'00') > 0)`,
  );
  const statement = connection.prepare(`SELECT 1 FROM ${table} WHERE id IS ? AND (${texts.join(' OR ')})`);
  return statement.get(id) !== undefined;
}

/** Whether a lease is the one that was seen, to the type of each value. */
function isSameLease(a: SeenLease, b: SeenLease): boolean {
  return (
    isSameCell(a.id, b.id) &&
    isSameCell(a.assignee, b.assignee) &&
    isSameCell(a.assignedAt, b.assignedAt) &&
    isSameCell(a.lockUntil, b.lockUntil)
  );
}

function isSameCell(a: Cell, b: Cell): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return a === b;
}

/** A lease without an end is over only where its holder is proven gone, which is not for the database to say. */
function isOver(lockUntil: Cell, nowS: number): boolean {
  return typeof lockUntil !== 'bigint' || lockUntil <= 0n || lockUntil < BigInt(nowS);
}

function answerTo(error: unknown, isWritten: 'no' | 'unknown'): EndAnswer {
  if (error instanceof Differs) return { kind: 'differs', index: error.index, now: error.now };
  if (error instanceof Refused) return { kind: 'refused', reason: error.message };
  if (isBusy(error)) return { kind: 'busy' };
  const code = sqliteCode(error);
  if (code === 'SQLITE_READONLY') return { kind: 'refused', reason: 'The database is read-only for this user.' };
  if (code === 'SQLITE_CONSTRAINT') {
    return { kind: 'refused', reason: `The database itself refuses this change: ${inWords(error)}.` };
  }
  return { kind: 'failed', message: inWords(error), isWritten };
}
