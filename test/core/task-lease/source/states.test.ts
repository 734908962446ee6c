import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { allEvidence, judge } from '../../../../core/model';
import { attachDatabase } from '../../../../core/task-lease/attached-database';
import { taskLeaseProtocol } from '../../../../core/task-lease/port';
import { handClock, projectIn, projectOf, RECORDED_AT_S, recordedProject, tempFolder } from '../todo-project';
import { leasesHost, readOnce, removeProgramsAfterwards, sourceOf } from './leases-host';

removeProgramsAfterwards();

const HELD = ['T-1000', 'T-1001', 'T-1002', 'T-1003', 'T-1004'];

async function look(project: { readonly folder: string }) {
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));
  const reading = await readOnce(source);
  return { ...reading, resources: reading.upserted.map(({ resource }) => resource).sort() };
}

it('is a project by its folder, by its .todo2, and by the database itself; nothing else is', async () => {
  const project = recordedProject();
  const recognise = (folder: string) => taskLeaseProtocol.recognise(folder);
  expect(await recognise(project.folder)).toBe(project.folder);
  expect(await recognise(path.dirname(project.database))).toBe(project.folder);
  expect(await recognise(project.database)).toBe(project.folder);
  expect(await recognise(path.dirname(project.folder))).toBeNull();
  expect(await recognise(path.join(project.folder, 'nothing'))).toBeNull();
});

it('reads what only the log has, while somebody has the database open', async () => {
  const project = recordedProject();
  const open = attachDatabase(project.database, 1_000);
  open.connection.exec("UPDATE tasks SET assignee = 'ada', lock_until = 1795260000 WHERE id = 'T-1006'");
  const before = project.files();
  expect(before).toEqual(['todo2.db', 'todo2.db-shm', 'todo2.db-wal']);

  const { status, resources } = await look(project);

  expect(status).toEqual({ kind: 'readable' });
  expect(resources).toEqual([...HELD, 'T-1006']);
  expect(project.files()).toEqual(before);
  open.close();
  expect(project.files()).toEqual(['todo2.db']);
});

it('reads a log whose index is gone, as a crash or a copy leaves it, and leaves both as they are', async () => {
  const project = recordedProject();
  const open = attachDatabase(project.database, 1_000);
  open.connection.exec("UPDATE tasks SET assignee = 'ada' WHERE id = 'T-1006'");
  const other = projectIn(tempFolder());
  copyFileSync(project.database, other.database);
  copyFileSync(`${project.database}-wal`, `${other.database}-wal`);
  open.close();

  expect((await look(other)).resources).toEqual([...HELD, 'T-1006']);
  expect(other.files()).toEqual(['todo2.db', 'todo2.db-wal']);
});

it('reads a database that somebody has locked for himself alone', async () => {
  const project = recordedProject();
  const open = attachDatabase(project.database, 1_000);
  open.connection.exec('PRAGMA todo.locking_mode = EXCLUSIVE');
  open.connection.exec("UPDATE tasks SET assignee = 'ada' WHERE id = 'T-1006'");
  const before = project.files();

  expect((await look(project)).resources).toEqual([...HELD, 'T-1006']);
  expect(project.files()).toEqual(before);
  open.close();
});

it('reads a database with a rollback journal, also in the middle of a transaction that is taken back', async () => {
  const project = recordedProject();
  project.run('PRAGMA todo.journal_mode = DELETE');
  expect(await look(project)).toMatchObject({ note: 'rollback journal', resources: HELD });

  const open = attachDatabase(project.database, 1_000);
  open.connection.exec('PRAGMA todo.cache_size = 1; PRAGMA todo.cache_spill = 1');
  open.connection.exec("BEGIN; UPDATE tasks SET assignee = 'ada', content = hex(randomblob(20000))");
  const before = project.files();
  expect(before).toEqual(['todo2.db', 'todo2.db-journal']);

  const { resources, upserted } = await look(project);

  expect(resources).toEqual(HELD);
  expect(upserted.some(({ holder }) => holder.name === 'ada')).toBe(false);
  expect(project.files()).toEqual(before);
  // Our look must not have made the writer's commit fail.
  open.connection.exec('COMMIT');
  open.close();
});

it('reads another database that took its place', async () => {
  const project = recordedProject();
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));
  await readOnce(source);
  const other = projectOf(3);
  other.run("UPDATE tasks SET assignee = 'bob', assigned_at = 1, lock_until = 2 WHERE id = 'T-2'");
  renameSync(other.database, project.database);

  const { upserted, removed, status } = await readOnce(source);

  expect(status).toEqual({ kind: 'readable' });
  expect(upserted.map(({ resource }) => resource)).toEqual(['T-2']);
  expect([...removed].sort()).toEqual(HELD.map((id) => `task:${id}`));
});

it('follows a link to the database', async () => {
  const project = recordedProject();
  const other = tempFolder();
  mkdirSync(path.join(other, '.todo2'));
  symlinkSync(project.database, path.join(other, '.todo2', 'todo2.db'));
  expect((await look({ folder: other })).resources).toEqual(HELD);
});

it('says that the database is gone, keeps what was seen, and finds it again', async () => {
  const project = recordedProject();
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));
  await readOnce(source);
  renameSync(project.database, `${project.database}.away`);

  const gone = await readOnce(source);
  expect(gone.status).toMatchObject({
    kind: 'out-of-reach',
    reason: 'its database cannot be opened: it is not there (ENOENT)',
  });
  expect(gone.removed).toEqual([]);

  renameSync(`${project.database}.away`, project.database);
  expect((await readOnce(source)).status).toEqual({ kind: 'readable' });
});

const BAD: readonly (readonly [string, (file: string) => void, object])[] = [
  [
    'junk, or encrypted',
    (file) => writeFileSync(file, randomBytes(65_536)),
    {
      kind: 'unreadable',
      at: null,
      reason: expect.stringContaining('no SQLite database, or an encrypted one') as string,
    },
  ],
  [
    'too short for a header',
    (file) => writeFileSync(file, 'SQLite'),
    { kind: 'unreadable', at: null, reason: expect.stringContaining('no SQLite database') as string },
  ],
  [
    'cut off in the middle',
    (file) => truncateSync(file, 30_000),
    { kind: 'unreadable', at: null, reason: expect.stringContaining('its database is damaged') as string },
  ],
  [
    'with a hole in its pages',
    (file) => {
      const bytes = readFileSync(file);
      bytes.fill(0xff, 4_096, 200_000);
      writeFileSync(file, bytes);
    },
    { kind: 'unreadable', at: null, reason: expect.stringContaining('its database is damaged') as string },
  ],
  [
    'empty',
    (file) => writeFileSync(file, ''),
    { kind: 'undecided', reason: expect.stringContaining('it has no table "tasks"') as string },
  ],
  [
    'a folder',
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    { kind: 'unreadable', at: null, reason: expect.stringContaining('it is not a file') as string },
  ],
];

for (const [what, spoil, status] of BAD) {
  it(`says why a database cannot be read that is ${what}`, async () => {
    const project = recordedProject();
    spoil(project.database);
    const before = readdirSync(path.dirname(project.database));
    const reading = await look(project);
    expect(reading.status).toEqual(status);
    expect(reading.upserted).toEqual([]);
    expect(readdirSync(path.dirname(project.database))).toEqual(before);
  });
}

it('says of a table without lease columns that a migration adds them', async () => {
  const project = projectIn(tempFolder());
  writeFileSync(project.database, '');
  project.run(
    'CREATE TABLE todo.tasks (id TEXT PRIMARY KEY, name TEXT, status TEXT)',
    "INSERT INTO todo.tasks VALUES ('T-1', '', 'Todo')",
  );
  const { status, note, findings, upserted } = await look(project);
  expect({ status, upserted }).toEqual({ status: { kind: 'readable' }, upserted: [] });
  expect(note).toContain('no lease columns');
  expect(findings).toMatchObject([{ code: 'no-lease-columns', severity: 'info' }]);
  expect(findings[0]?.message).toContain('lockscope migrate');
});

it('reads tasks that are a view as nothing, without computing it', async () => {
  const project = projectIn(tempFolder());
  writeFileSync(project.database, '');
  project.run(
    `CREATE VIEW todo.tasks AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
     SELECT i AS id, 'x' AS assignee, 1 AS assigned_at, 2 AS lock_until, 1 AS version, 'Todo' AS status FROM n`,
  );
  const { findings, upserted } = await look(project);
  expect(upserted).toEqual([]);
  expect(findings).toMatchObject([{ code: 'not-written' }]);
});

it('shows hostile values as what they are, and never takes one for the end of a lease that is over', async () => {
  const project = projectOf(9);
  project.run(
    'ALTER TABLE tasks RENAME TO old',
    'CREATE TABLE todo.tasks (id, name, status, version, assignee, assigned_at, lock_until, updated_at, content)',
    "INSERT INTO tasks SELECT id, name, status, version, 'a-' || id, 1795255000, 1795255100, 0, '' FROM old",
    "UPDATE tasks SET lock_until = 'tomorrow' WHERE id = 'T-1'",
    "UPDATE tasks SET lock_until = 1e300 WHERE id = 'T-2'",
    "UPDATE tasks SET lock_until = -5, assigned_at = 'now' WHERE id = 'T-3'",
    "UPDATE tasks SET lock_until = 9223372036854775807 WHERE id = 'T-4'",
    "UPDATE tasks SET lock_until = x'00ff' WHERE id = 'T-5'",
    "UPDATE tasks SET assignee = x'00ff' WHERE id = 'T-6'",
    "UPDATE tasks SET name = char(8238) || 'x', assignee = 'a' || char(10) || char(0) || 'b' WHERE id = 'T-7'",
    "UPDATE tasks SET assignee = printf('%.*c', 100000, 'x'), name = printf('%.*c', 30000000, 'y') WHERE id = 'T-8'",
    "UPDATE tasks SET id = NULL WHERE id = 'T-9'",
  );
  const { status, upserted, findings } = await look(project);

  expect(status).toEqual({ kind: 'readable' });
  expect(upserted).toHaveLength(9);
  const nowMs = RECORDED_AT_S * 1_000;
  const byId = new Map(upserted.map((claim) => [claim.resource, claim]));
  for (const id of ['T-1', 'T-2', 'T-3', 'T-4', 'T-5']) {
    const claim = byId.get(id)!;
    expect(claim.lease, id).toEqual({ kind: 'none' });
    expect(judge(claim, allEvidence(claim, nowMs), nowMs), id).toBe('unknown');
  }
  expect(byId.get('T-8')?.holder.name?.length).toBeLessThan(20_000);
  expect(byId.get('T-8')?.possibleActions).toEqual([]);
  expect(byId.get('')?.possibleActions).toEqual([]);
  expect(findings.map(({ code }) => code).sort()).toEqual(['odd-time', 'overlong-values']);
});

it('shows each task once, whatever its id is, and never takes a cut one for another', async () => {
  const project = projectOf(9);
  const row = (id: string, assignee: string) => `INSERT INTO tasks VALUES (${id}, 'Todo', 1, '${assignee}', 1, 2)`;
  project.run(
    'DROP TABLE tasks',
    'CREATE TABLE todo.tasks (id, status, version, assignee, assigned_at, lock_until)',
    row('1', 'number'),
    row("'1'", 'text'),
    row("'i1'", 'letter'),
    row("'T-1' || char(0) || 'A'", 'hidden'),
    row("'T-1'", 'plain'),
    row('NULL', 'nothing'),
    row('NULL', 'nothing too'),
    row("x'54'", 'blob'),
  );
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));
  const { upserted, findings } = await readOnce(source);
  expect(upserted.map(({ holder }) => holder.name)).toEqual(['number', 'text', 'letter', 'plain', 'nothing', 'blob']);
  expect(new Set(upserted.map(({ id }) => id)).size).toBe(upserted.length);
  expect(findings.map(({ code }) => code)).toContain('same-id');
  // Two that take turns are no change.
  project.run("UPDATE tasks SET status = 'Done' WHERE assignee = 'blob'");
  expect((await readOnce(source)).upserted.map(({ holder }) => holder.name)).toEqual(['blob']);
});

it('says that tasks with an end and no holder are free, and shows a holder without an end', async () => {
  const project = projectOf(3);
  project.run(
    "UPDATE tasks SET lock_until = 1795299999 WHERE id = 'T-1'",
    "UPDATE tasks SET assignee = '', lock_until = 1795299999 WHERE id = 'T-2'",
    "UPDATE tasks SET assignee = 'somebody' WHERE id = 'T-3'",
  );
  const { upserted, findings } = await look(project);
  expect(upserted.map(({ resource }) => resource)).toEqual(['T-3']);
  expect(upserted[0]?.evidence.map(({ kind }) => kind)).toContain('never-expires-unseen');
  expect(findings).toMatchObject([{ code: 'lease-without-holder' }]);
  expect(findings[0]?.message).toContain('T-1 and T-2');
});

it('reads a folder that may not be written, by its owner and as root, and leaves nothing in it', async () => {
  const project = recordedProject();
  chmodSync(path.dirname(project.database), 0o555);
  chmodSync(project.database, 0o444);
  expect((await look(project)).resources).toEqual(HELD);
  expect(project.files()).toEqual(['todo2.db']);
  chmodSync(path.dirname(project.database), 0o755);
});

it('reads 120,000 tasks of which few are held, in bounded time', async () => {
  const project = projectOf(120_000);
  project.run("UPDATE tasks SET assignee = 'x', lock_until = 1795299999 WHERE id IN ('T-5', 'T-119999')");
  expect((await look(project)).resources).toEqual(['T-119999', 'T-5']);
});

it('reads no more holders than are shown, and says so', async () => {
  const project = projectOf(51_000);
  project.run("UPDATE tasks SET assignee = 'x', lock_until = 1795299999");
  const { upserted, findings } = await look(project);
  expect(upserted).toHaveLength(50_000);
  expect(findings).toMatchObject([{ code: 'too-many-holders' }]);
});

it('opens nothing, and says so, where it was started without the program for it', async () => {
  const project = recordedProject();
  const host = { ...(await leasesHost()), databaseProcess: undefined };
  const { status } = await readOnce(sourceOf(project, host));
  expect(status).toMatchObject({ kind: 'undecided' });
});
