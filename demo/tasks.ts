import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteLibrary } from '../core/task-lease/sqlite-library';

/** The tasks of the demo project, as a few agents would share them out. */
const TASKS: readonly { readonly id: string; readonly name: string }[] = [
  { id: 'T-1', name: 'Draw the first n odd numbers as corners of a square' },
  { id: 'T-2', name: 'Write the base case down' },
  { id: 'T-3', name: 'Check the step by hand for k = 5' },
  { id: 'T-4', name: 'Read the proof once more' },
  { id: 'T-5', name: 'Push it' },
];

export const DEMO_TASK_IDS: readonly string[] = TASKS.map(({ id }) => id);

/** The database of a project, where agents look for it. */
export function taskDatabase(project: string): string {
  return join(project, '.todo2', 'todo2.db');
}

/**
 * Makes a project with tasks that nobody holds, in a database as the living program keeps it. `project` must not
 * exist. For a process of its own, as everything that opens a database.
 */
export function writeTaskProject(project: string, nowMs: number): void {
  mkdirSync(join(project, '.todo2', 'locks'), { recursive: true });
  const { DatabaseSync } = sqliteLibrary();
  const database = new DatabaseSync(taskDatabase(project));
  const now = Math.floor(nowMs / 1000).toString();
  const rows = TASKS.map(({ id, name }) => `('${id}', '${name}', 'Todo', '', 1, ${now}, ${now})`);
  try {
    // Without prepared statements it closes at once.
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE tasks (
        id TEXT PRIMARY KEY, name TEXT, content TEXT, long_description TEXT, status TEXT NOT NULL DEFAULT 'Todo',
        priority TEXT, created TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1, created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL, assignee TEXT, assigned_at INTEGER, lock_until INTEGER
      );
      CREATE INDEX idx_tasks_status_assignee ON tasks(status, assignee);
      CREATE INDEX idx_tasks_lock_until ON tasks(lock_until) WHERE lock_until > 0;
      CREATE INDEX idx_tasks_id_version ON tasks(id, version);
      INSERT INTO tasks (id, name, status, created, version, created_at, updated_at) VALUES ${rows.join(', ')};`);
  } finally {
    database.close();
  }
}
