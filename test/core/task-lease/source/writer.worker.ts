import { type AttachedDatabase, attachDatabase } from '../../../../core/task-lease/attached-database';

// A program that claims and releases one task again and again, as fast as it can: DATABASE TASK HOW. On each line of
// its input it prints what it did so far, as one line of JSON; it ends with its input.

/** `steady` keeps its connection, as a server does; `closing` has one for each write, as a command line does. */
export type How = 'steady' | 'closing';

export interface Written {
  readonly writes: number;
  /** How often the database was locked for longer than anybody holds it. */
  readonly busy: number;
  /** Time of the processor, in ms. */
  readonly cpuMs: number;
  /** The longest that one write took, in ms. */
  readonly longestMs: number;
}

const [path = '', task = '', how = 'steady'] = process.argv.slice(2);
/** Far longer than anybody holds the write lock here. */
const BUSY_MS = 5_000;
const SLICE_MS = 10;
const CLAIM = `UPDATE tasks SET assignee = 'w', assigned_at = 1, lock_until = 2000000000, version = version + 1
  WHERE id = ? AND assignee IS NULL`;
const RELEASE = `UPDATE tasks SET assignee = NULL, assigned_at = NULL, lock_until = NULL, version = version + 1
  WHERE id = ? AND assignee = 'w'`;

let writes = 0;
let busy = 0;
let longestMs = 0;

function timed(write: () => void): void {
  const startedMs = performance.now();
  try {
    write();
    writes += 1;
  } catch (error) {
    if (!(error instanceof Error && 'sqliteCodeName' in error)) throw error;
    if (error.sqliteCodeName !== 'SQLITE_BUSY') throw error;
    busy += 1;
  }
  longestMs = Math.max(longestMs, performance.now() - startedMs);
}

function connect(): { readonly database: AttachedDatabase; readonly turn: () => void } {
  const database = attachDatabase(path, BUSY_MS);
  database.connection.exec('PRAGMA todo.synchronous = NORMAL');
  const claim = database.connection.prepare(CLAIM);
  const release = database.connection.prepare(RELEASE);
  return {
    database,
    turn: () => {
      timed(() => claim.run(task));
      timed(() => release.run(task));
    },
  };
}

function report(): Written {
  const { user, system } = process.cpuUsage();
  return { writes, busy, cpuMs: (user + system) / 1_000, longestMs };
}

const steady = how === 'steady' ? connect() : null;
let isEnding = false;

function work(): void {
  const untilMs = performance.now() + SLICE_MS;
  while (performance.now() < untilMs) {
    if (steady !== null) steady.turn();
    else {
      timed(() => {
        const { database, turn } = connect();
        turn();
        database.close();
      });
    }
  }
  if (!isEnding) setImmediate(work);
}

process.stdin.on('data', (data) => {
  const lines = data.toString().trimEnd().split('\n').length;
  process.stdout.write(`${JSON.stringify(report())}\n`.repeat(lines));
});
process.stdin.on('end', () => {
  isEnding = true;
  steady?.database.close();
  process.exit(0);
});
work();
