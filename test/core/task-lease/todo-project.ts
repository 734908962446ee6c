import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../core/host/host';
import { attachDatabase } from '../../../core/task-lease/attached-database';
import { openTaskLeases, type TaskLeases } from '../../../core/task-lease/leases';

/** What the living program recorded, and what it said of it at that moment. */
export const RECORDING = path.resolve(import.meta.dirname, '../../fixtures/todo2/leases');
export const RECORDED_AT_S = Number(readFileSync(path.join(RECORDING, 'recorded-at'), 'utf8'));

/** A row of the tasks table, with all its columns. */
export type TaskRow = Readonly<Record<string, unknown>>;

/** A project whose database can be written, gone when its test is finished. */
export interface TodoProject {
  readonly folder: string;
  readonly database: string;
  /** The names beside the database. */
  files(): readonly string[];
  /** Runs statements on a connection of their own. */
  run(...statements: readonly string[]): void;
  rows(sql: string): readonly TaskRow[];
  task(id: string): TaskRow;
}

export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'lockscope-todo2-')));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A copy of the recording. */
export function recordedProject(): TodoProject {
  const project = projectIn(tempFolder());
  copyFileSync(path.join(RECORDING, '.todo2', 'todo2.db'), project.database);
  chmodSync(project.database, 0o644);
  return project;
}

/** The recording's tables, with tasks `T-1` to `T-count` that nobody holds and nothing else. */
export function projectOf(count: number): TodoProject {
  const project = recordedProject();
  project.run(
    'BEGIN',
    'DELETE FROM tasks',
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count.toString()})
     INSERT INTO tasks (id, content, status, created, version) SELECT 'T-' || i, 'task ' || i, 'Todo', '', 1 FROM n`,
    'COMMIT',
  );
  return project;
}

/** The recording, as it was before its tasks had leases. */
export function projectBefore(journal = 'wal'): TodoProject {
  const project = recordedProject();
  project.run(
    'BEGIN',
    'DROP INDEX idx_tasks_status_assignee',
    'DROP INDEX idx_tasks_lock_until',
    'DROP INDEX idx_tasks_id_version',
    ...['version', 'assignee', 'assigned_at', 'lock_until'].map((name) => `ALTER TABLE tasks DROP COLUMN ${name}`),
    'COMMIT',
    `PRAGMA todo.journal_mode = ${journal}`,
  );
  return project;
}

export function projectIn(folder: string): TodoProject {
  const todo = path.join(folder, '.todo2');
  mkdirSync(todo);
  const database = path.join(todo, 'todo2.db');
  const rows = (sql: string): readonly TaskRow[] => {
    const attached = attachDatabase(database, 5_000);
    try {
      return attached.connection.prepare(sql).all() as readonly TaskRow[];
    } finally {
      attached.close();
    }
  };
  return {
    folder,
    database,
    files: () => readdirSync(todo).sort(),
    run: (...statements) => {
      const attached = attachDatabase(database, 5_000);
      try {
        for (const statement of statements) attached.connection.exec(statement);
      } finally {
        attached.close();
      }
    },
    rows,
    task: (id) => {
      const row = rows('SELECT * FROM tasks').find((each) => each['id'] === id);
      if (row === undefined) throw new Error(`There is no task ${id}.`);
      return { ...row };
    },
  };
}

/** A clock that stands still until it is set. */
export interface HandClock extends Clock {
  nowS: number;
}

export function handClock(nowS: number): HandClock {
  return {
    nowS,
    nowMs() {
      return this.nowS * 1000;
    },
  };
}

/** The task leases of a project, closed when the test is finished. */
export function openLeases(project: TodoProject, clock: Clock = handClock(RECORDED_AT_S)): TaskLeases {
  const leases = openTaskLeases(project.database, { clock });
  onTestFinished(() => {
    leases.close();
  });
  return leases;
}
