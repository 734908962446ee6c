import { computedWords, HAS_TRIGGERS, WRITTEN } from './database/tasks-table';
import { type LeaseColumn, missingColumns } from './schema';
import type { StatementlessDatabase } from './statementless';

/** How a column that is missing is added, as exarp has it. */
const COLUMNS: Readonly<Record<LeaseColumn, string>> = {
  version: 'INTEGER NOT NULL DEFAULT 1',
  assignee: 'TEXT',
  assigned_at: 'INTEGER',
  lock_until: 'INTEGER',
};

/** The indexes that come with a lease, by name. */
const INDEXES: Readonly<Record<string, string>> = {
  // What is there to be taken.
  idx_tasks_status_assignee: 'tasks(status, assignee)',
  // What is over.
  idx_tasks_lock_until: 'tasks(lock_until) WHERE lock_until > 0',
  // Whether a task is still of the version that was seen.
  idx_tasks_id_version: 'tasks(id, version)',
};

/** What a table of tasks has before it has leases. */
const TASK_COLUMNS = ['id', 'status'] as const;

export type PlannedStatements =
  /** In order, as they are run; none where nothing is missing. */
  | { readonly kind: 'planned'; readonly statements: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** What the tasks table of an open database lacks, as SQL. Changes nothing. */
export function planStatements(database: StatementlessDatabase): PlannedStatements {
  const [table] = database.rows(
    "SELECT emit(type, sql) FROM sqlite_master WHERE name = 'tasks' COLLATE NOCASE AND type IN ('table', 'view')",
  );
  if (table === undefined) return refused('The database has no table of tasks.');
  const [type, sql] = table;
  if (type !== 'table' || /^\s*CREATE\s+VIRTUAL\b/i.test(String(sql))) return refused('"tasks" is no ordinary table.');
  // The other pragma leaves out columns that are computed, which then seem to be missing.
  const found = database.rows("SELECT emit(name, hidden) FROM pragma_table_xinfo('tasks')");
  const columns = found.map(([name]) => String(name));
  const lacks = TASK_COLUMNS.find((name) => !columns.some((column) => column.toLowerCase() === name));
  if (lacks !== undefined) return refused(`The table "tasks" has no column "${lacks}": it is no table of tasks.`);
  const computed = found.find(([name, hidden]) => hidden !== 0 && WRITTEN.has(String(name).toLowerCase()));
  if (computed !== undefined) return refused(computedWords(String(computed[0])));
  const triggers = database.rows(
    "SELECT emit(name) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'tasks' COLLATE NOCASE",
  );
  if (triggers.length > 0) return refused(HAS_TRIGGERS);
  const names = new Map(
    database
      .rows('SELECT emit(name, type, tbl_name) FROM sqlite_master')
      .map(([name, kind, of]) => [
        String(name).toLowerCase(),
        kind === 'index' && String(of).toLowerCase() === 'tasks',
      ]),
  );
  const taken = Object.keys(INDEXES).find((name) => names.get(name) === false);
  if (taken !== undefined) return refused(`The name "${taken}" is taken by something else than an index of tasks.`);
  const missing = missingColumns(columns.map((name) => ({ name, notNull: false })));
  return {
    kind: 'planned',
    statements: [
      ...missing.map((name) => `ALTER TABLE tasks ADD COLUMN ${name} ${COLUMNS[name]}`),
      ...Object.entries(INDEXES).flatMap(([name, on]) => (names.has(name) ? [] : [`CREATE INDEX ${name} ON ${on}`])),
    ],
  };
}

function refused(reason: string): PlannedStatements {
  return { kind: 'refused', reason };
}
