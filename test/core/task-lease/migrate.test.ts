import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { attachDatabase } from '../../../core/task-lease/attached-database';
import { type MigrationOutcome, type MigrationPlan, migrate, planMigration } from '../../../core/task-lease/migrate';
import {
  handClock,
  openLeases,
  projectBefore,
  projectIn,
  RECORDED_AT_S,
  recordedProject,
  type TodoProject,
  tempFolder,
} from './todo-project';

const CLOCK = handClock(RECORDED_AT_S);
const BACKUP = 'todo2.db.backup-20261121T100818Z';

const STATEMENTS = [
  'ALTER TABLE tasks ADD COLUMN version INTEGER NOT NULL DEFAULT 1',
  'ALTER TABLE tasks ADD COLUMN assignee TEXT',
  'ALTER TABLE tasks ADD COLUMN assigned_at INTEGER',
  'ALTER TABLE tasks ADD COLUMN lock_until INTEGER',
  'CREATE INDEX idx_tasks_status_assignee ON tasks(status, assignee)',
  'CREATE INDEX idx_tasks_lock_until ON tasks(lock_until) WHERE lock_until > 0',
  'CREATE INDEX idx_tasks_id_version ON tasks(id, version)',
];

async function planned(project: TodoProject): Promise<MigrationPlan & { readonly kind: 'planned' }> {
  const plan = await planMigration(project.folder, { clock: CLOCK });
  if (plan.kind !== 'planned') throw new Error(JSON.stringify(plan));
  return plan;
}

async function migrated(project: TodoProject): Promise<MigrationOutcome> {
  return migrate(await planned(project));
}

function schemaOf(project: TodoProject): readonly unknown[] {
  return project.rows("SELECT name, sql FROM todo.sqlite_master WHERE tbl_name = 'tasks' ORDER BY name");
}

describe.each(['wal', 'delete'])('a tasks table without leases, in a %s database', (journal) => {
  it('is told what would be done, and is left as it is', async () => {
    const project = projectBefore(journal);
    const before = readFileSync(project.database);
    const plan = {
      kind: 'planned',
      database: project.database,
      statements: STATEMENTS,
      backup: path.join(path.dirname(project.database), BACKUP),
    };
    for (const named of [project.folder, path.dirname(project.database), project.database]) {
      expect(await planMigration(named, { clock: CLOCK })).toEqual(plan);
    }
    expect(project.files()).toEqual(['todo2.db']);
    expect(readFileSync(project.database)).toEqual(before);
  });

  it('gets its columns and indexes in the shape that was recorded, and keeps its tasks', async () => {
    const project = projectBefore(journal);
    const tasks = project.rows('SELECT * FROM tasks');
    const outcome = await migrated(project);
    expect(outcome).toMatchObject({ kind: 'migrated', database: project.database, statements: STATEMENTS });
    expect(project.files()).toEqual(['todo2.db', BACKUP]);
    expect(project.rows('SELECT * FROM tasks')).toEqual(
      tasks.map((task) => ({ ...task, version: 1, assignee: null, assigned_at: null, lock_until: null })),
    );
    expect(project.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(project.rows('PRAGMA todo.journal_mode')).toEqual([{ journal_mode: journal }]);

    // The same indexes, word for word, and the same columns.
    const recorded = recordedProject();
    const ofLeases = (of: TodoProject) =>
      of.rows(
        "SELECT name, sql FROM todo.sqlite_master WHERE type = 'index' AND (sql LIKE '%version%' OR sql LIKE '%assignee%' OR sql LIKE '%lock_until%') ORDER BY name",
      );
    expect(ofLeases(project)).toHaveLength(3);
    expect(ofLeases(project)).toEqual(ofLeases(recorded));
    const columns = (of: TodoProject) =>
      of.rows("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('tasks', 'todo') ORDER BY name");
    expect(columns(project)).toEqual(columns(recorded));

    const leases = openLeases(project);
    expect(await leases.claimTaskForAgent('T-1006', 'me', 60_000)).toMatchObject({
      kind: 'claimed',
      task: { version: 2 },
    });
  });

  it('is backed up as it was before', async () => {
    const project = projectBefore(journal);
    const [schema, tasks] = [schemaOf(project), project.rows('SELECT * FROM tasks')];
    chmodSync(project.database, 0o640);
    const outcome = await migrated(project);
    if (outcome.kind !== 'migrated') throw new Error(JSON.stringify(outcome));
    expect(statSync(outcome.backup).mode & 0o777).toBe(0o640);
    const attached = attachDatabase(outcome.backup, 0);
    const rows = (sql: string) => attached.connection.prepare(sql).all() as unknown[];
    expect(rows("SELECT name, sql FROM todo.sqlite_master WHERE tbl_name = 'tasks' ORDER BY name")).toEqual(schema);
    expect(rows('SELECT * FROM tasks')).toEqual(tasks);
    expect(rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    attached.close();
  });
});

describe('a migration', () => {
  it('is done once: the second has nothing to do', async () => {
    const project = projectBefore();
    const plan = await planned(project);
    expect(await migrate(plan)).toMatchObject({ kind: 'migrated' });
    const after = readFileSync(project.database);
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({
      kind: 'nothing',
      database: project.database,
    });
    expect(await migrate(plan)).toEqual({ kind: 'nothing', database: project.database });
    expect(readFileSync(project.database)).toEqual(after);
    expect(project.files()).toEqual(['todo2.db', BACKUP]);
  });

  it('has nothing to do in what the living program made', async () => {
    const project = recordedProject();
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({
      kind: 'nothing',
      database: project.database,
    });
  });

  it('adds only what is missing', async () => {
    const project = projectBefore();
    project.run(...STATEMENTS.filter((_, i) => i === 0 || i === 2));
    const outcome = await migrated(project);
    expect(outcome).toMatchObject({ statements: STATEMENTS.filter((_, i) => i !== 0 && i !== 2) });
  });

  it('never writes over an older backup', async () => {
    const project = projectBefore();
    const backup = path.join(path.dirname(project.database), BACKUP);
    writeFileSync(backup, 'the only one');
    const outcome = await migrated(project);
    expect(outcome).toMatchObject({ kind: 'migrated', backup: `${backup}-2` });
    expect(readFileSync(backup, 'utf8')).toBe('the only one');
  });

  it('changes nothing where the backup cannot be made', async () => {
    const project = projectBefore();
    const plan = await planned(project);
    const before = schemaOf(project);
    const outcome = await migrate({ ...plan, backup: path.join(project.folder, 'no-folder', 'backup') });
    expect(outcome).toEqual({ kind: 'failed', message: 'The database cannot be migrated: it is not there (ENOENT).' });
    expect(schemaOf(project)).toEqual(before);
    expect(project.files()).toEqual(['todo2.db']);
  });

  it('changes nothing where the table is not the one that was looked at', async () => {
    const project = projectBefore();
    const plan = await planned(project);
    project.run('ALTER TABLE tasks ADD COLUMN version INTEGER NOT NULL DEFAULT 7');
    const before = schemaOf(project);
    expect(await migrate(plan)).toMatchObject({ kind: 'conflict' });
    expect(schemaOf(project)).toEqual(before);
    expect(project.files()).toEqual(['todo2.db']);
  });

  it('is all or nothing: a statement that fails takes the others back', async () => {
    const project = projectIn(tempFolder());
    writeFileSync(project.database, '');
    // Two more columns are all that a table can have: the third is refused.
    const many = Array.from({ length: 1_996 }, (_, i) => `c${i.toString()}`);
    project.run(`CREATE TABLE todo.tasks (id, status, ${many.join(', ')})`);
    const before = schemaOf(project);
    expect(await migrated(project)).toEqual({
      kind: 'failed',
      message: 'The database cannot be migrated: too many columns on sqlite_altertab_tasks.',
    });
    expect(schemaOf(project)).toEqual(before);
    expect(project.files()).toEqual(['todo2.db']);
  });

  it('leaves no backup where its commit never got its turn', { timeout: 20_000 }, async () => {
    const project = projectBefore('delete');
    const plan = await planned(project);
    const reader = attachDatabase(project.database, 0);
    reader.connection.exec('BEGIN; CREATE TABLE main.seen AS SELECT id FROM todo.tasks');
    expect(await migrate(plan)).toMatchObject({ kind: 'busy' });
    reader.connection.exec('COMMIT');
    reader.close();
    expect(project.files()).toEqual(['todo2.db']);
    expect(await migrate(plan)).toMatchObject({ kind: 'migrated' });
  });

  it('changes nothing where another file takes the place of the database meanwhile', async () => {
    const project = projectBefore('delete');
    const plan = await planned(project);
    const before = readFileSync(project.database);
    const migration = migrate(plan);
    // It has its lock and copies.
    renameSync(project.database, `${project.database}.away`);
    writeFileSync(project.database, before);
    expect(await migration).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('Another file') as string,
    });
    expect(readFileSync(project.database)).toEqual(before);
    expect(readFileSync(`${project.database}.away`)).toEqual(before);
    expect(project.files().filter((name) => name.includes('backup'))).toEqual([]);
  });

  it.each([
    [
      'triggers',
      "CREATE TRIGGER todo.t AFTER UPDATE ON tasks BEGIN UPDATE tasks SET content = 'x'; END",
      'have triggers',
    ],
    ['a computed column', 'ALTER TABLE tasks ADD COLUMN version INTEGER AS (length(status))', 'is computed'],
  ])('refuses tasks that have %s', async (_, sql, message) => {
    const project = projectBefore();
    project.run(sql);
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({
      kind: 'refused',
      message: expect.stringContaining(message) as string,
    });
  });

  it.runIf(process.getuid?.() === 0)('makes the backup, as root, one of the owner of the database', async () => {
    const project = projectBefore();
    chownSync(project.database, 12_345, 12_346);
    const outcome = await migrated(project);
    if (outcome.kind !== 'migrated') throw new Error(JSON.stringify(outcome));
    const { uid, gid } = statSync(outcome.backup);
    expect({ uid, gid }).toEqual({ uid: 12_345, gid: 12_346 });
  });

  it('refuses a table beside which the name of an index is taken', async () => {
    const project = projectBefore();
    project.run('CREATE TABLE todo.other (a)', 'CREATE INDEX todo.idx_tasks_id_version ON other(a)');
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({
      kind: 'refused',
      message: 'The name "idx_tasks_id_version" is taken by something else than an index of tasks.',
    });
  });

  it('waits for a writer, and keeps others from writing between backup and change', async () => {
    const project = projectBefore();
    const plan = await planned(project);
    const other = attachDatabase(project.database, 0);
    const migration = migrate(plan);
    // It has its lock and copies.
    expect(() => {
      other.connection.exec("UPDATE tasks SET content = 'late' WHERE id = 'T-1006'");
    }).toThrow('database is locked');
    expect(await migration).toMatchObject({ kind: 'migrated' });
    other.close();
  });

  it.each([
    ['a view', "CREATE VIEW todo.tasks AS SELECT 1 AS id, 'Todo' AS status", '"tasks" is no ordinary table.'],
    ['a virtual table', 'CREATE VIRTUAL TABLE todo.tasks USING fts5(id, status)', '"tasks" is no ordinary table.'],
    [
      'other columns',
      'CREATE TABLE todo.tasks (id, name)',
      'The table "tasks" has no column "status": it is no table of tasks.',
    ],
    ['no such table', 'CREATE TABLE todo.task (id, status)', 'The database has no table of tasks.'],
  ])('refuses %s', async (_, sql, message) => {
    const project = projectIn(tempFolder());
    writeFileSync(project.database, '');
    project.run(sql);
    const before = readFileSync(project.database);
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({ kind: 'refused', message });
    expect(readFileSync(project.database)).toEqual(before);
    expect(project.files()).toEqual(['todo2.db']);
  });

  it('makes no database, and says what is none', async () => {
    const project = projectIn(tempFolder());
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({
      kind: 'refused',
      message: 'There is no such database.',
    });
    expect(existsSync(project.database)).toBe(false);
    writeFileSync(project.database, 'text '.repeat(1_000));
    expect(await planMigration(project.folder, { clock: CLOCK })).toEqual({
      kind: 'failed',
      message: 'The database cannot be migrated: file is not a database.',
    });
    expect(project.files()).toEqual(['todo2.db']);
  });

  it('migrates what a link leads to, and backs it up there', async () => {
    const project = projectBefore();
    const link = path.join(tempFolder(), 'todo2.db');
    symlinkSync(project.database, link);
    const plan = await planMigration(link, { clock: CLOCK });
    expect(plan).toMatchObject({ kind: 'planned', database: project.database });
    if (plan.kind === 'planned') expect(await migrate(plan)).toMatchObject({ kind: 'migrated' });
    expect(project.files()).toEqual(['todo2.db', BACKUP]);
  });
});
