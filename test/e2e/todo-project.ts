import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { attachDatabase } from '../../core/task-lease/attached-database';
import type { Bench } from './bench';

const RECORDED = path.resolve(import.meta.dirname, '..', 'fixtures', 'todo2', 'leases', '.todo2', 'todo2.db');
const BUSY_MS = 5_000;

/** A lease as a row has it. */
export interface LeaseRow {
  readonly status: string;
  readonly version: number;
  readonly assignee: string | null;
  readonly assigned_at: number | null;
  readonly lock_until: number | null;
}

/** A `.todo2` project on a real SQLite file, with tables that exarp made. */
export interface TodoProject {
  /** Absolute; the source. */
  readonly folder: string;
  readonly database: string;
  /** The names in `.todo2`, to see that nothing was left there. */
  files(): readonly string[];
  /** As another program that writes. */
  run(...statements: readonly string[]): void;
  task(id: string): LeaseRow;
  /** All its other columns too. */
  whole(id: string): Readonly<Record<string, unknown>>;
  /** A task *In Progress* that was claimed `ageSeconds` ago, until `leftSeconds` from now; null: without an end. */
  claim(id: string, assignee: string, leftSeconds: number | null, ageSeconds?: number): void;
}

/** A project with tasks `T-1` to `T-9`, which nobody holds. */
export function todoProject(bench: Bench, title: string): TodoProject {
  const folder = path.join(bench.folder, 'proofs', title);
  const todo = path.join(folder, '.todo2');
  mkdirSync(path.join(todo, 'locks'), { recursive: true });
  const database = path.join(todo, 'todo2.db');
  copyFileSync(RECORDED, database);
  chmodSync(database, 0o644);
  const run = (...statements: readonly string[]): void => {
    const attached = attachDatabase(database, BUSY_MS);
    try {
      for (const statement of statements) attached.connection.exec(statement);
    } finally {
      attached.close();
    }
  };
  const whole = (id: string): Readonly<Record<string, unknown>> => {
    const attached = attachDatabase(database, BUSY_MS);
    try {
      const row: unknown = attached.connection.prepare('SELECT * FROM tasks WHERE id = ?').get(id);
      return { ...(row as Record<string, unknown>) };
    } finally {
      attached.close();
    }
  };
  run(
    'DELETE FROM tasks',
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
     INSERT INTO tasks (id, name, status, created, version) SELECT 'T-' || i, 'Task number ' || i, 'Todo', '', 1 FROM n`,
  );
  return {
    folder,
    database,
    files: () => readdirSync(todo).sort(),
    run,
    whole,
    task(id) {
      const { status, version, assignee, assigned_at, lock_until } = whole(id) as unknown as LeaseRow;
      return { status, version, assignee, assigned_at, lock_until };
    },
    claim(id, assignee, leftSeconds, ageSeconds = 60) {
      const now = Math.floor(Date.now() / 1000);
      const until = leftSeconds === null ? 'NULL' : (now + leftSeconds).toString();
      run(
        `UPDATE tasks SET status = 'In Progress', assignee = '${assignee}', assigned_at = ${(now - ageSeconds).toString()},
         lock_until = ${until}, version = version + 1 WHERE id = '${id}'`,
      );
    },
  };
}

/** The name of an agent that is the process `pid` of this host, as exarp makes it. */
export function agentName(kind: string, pid: number): string {
  return `${kind}-${hostname()}-${pid.toString()}`;
}
