import { copyFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { attachDatabase } from '../../../core/task-lease/attached-database';
import { endLeases, tryEnding } from '../../../core/task-lease/database/end-leases';
import { readLeases } from '../../../core/task-lease/database/read-leases';
import { openTaskLeases } from '../../../core/task-lease/leases';
import { planMigration } from '../../../core/task-lease/migrate';
import { leasesHost, readOnce, removeProgramsAfterwards, sourceOf } from './source/leases-host';
import { handClock, projectBefore, projectIn, RECORDED_AT_S, recordedProject, tempFolder } from './todo-project';

removeProgramsAfterwards();

/** A database as a crash leaves it in the middle of a transaction, whose journal says that it was one of several. */
function hostileProject(of = recordedProject()) {
  of.run('PRAGMA todo.journal_mode = DELETE');
  const open = attachDatabase(of.database, 1_000);
  open.connection.exec('PRAGMA todo.cache_size = 1; PRAGMA todo.cache_spill = 1');
  open.connection.exec('BEGIN; UPDATE tasks SET content = hex(randomblob(20000))');
  const project = projectIn(tempFolder());
  copyFileSync(of.database, project.database);
  const journal = readFileSync(`${of.database}-journal`);
  open.connection.exec('ROLLBACK');
  open.close();
  const precious = path.join(tempFolder(), 'precious.txt');
  writeFileSync(precious, 'the only copy');
  writeFileSync(`${project.database}-journal`, Buffer.concat([journal, superRecord(precious)]));
  return { project, precious, before: statSync(project.database, { bigint: true }) };
}

function superRecord(name: string): Buffer {
  const text = Buffer.from(name);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(text.length, 0);
  numbers.writeUInt32BE(
    [...text].reduce((sum, byte) => sum + byte, 0),
    4,
  );
  const page = Buffer.alloc(4);
  page.writeUInt32BE(0x40000000 / 4096 + 1);
  return Buffer.concat([page, text, numbers, Buffer.from('d9d505f920a163d7', 'hex')]);
}

const ENDING = {
  how: 'release',
  leases: [{ id: 'T-1000', assignee: 'x', assignedAt: 1n, lockUntil: 2n }],
  nowS: RECORDED_AT_S,
  onlyOver: false,
} as const;

it('a journal that names a file of the user costs nobody that file: it is not read, and the source says so', async () => {
  const { project, precious, before } = hostileProject();
  const answer = readLeases(project.database);
  expect(existsSync(precious)).toBe(true);
  expect(answer).toMatchObject({ kind: 'failed', why: 'names-another-file' });
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));
  const { status } = await readOnce(source);
  expect(status).toEqual({
    kind: 'undecided',
    reason:
      'Its database is not read: the rollback journal beside it names another file, which SQLite would remove when it opens the database.',
  });
  expect(readFileSync(precious, 'utf8')).toBe('the only copy');
  expect(statSync(project.database, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  expect(project.files()).toEqual(['todo2.db', 'todo2.db-journal']);
});

it('nor does writing, by the inspector or by the library, nor a migration', async () => {
  const { project, precious } = hostileProject();
  const refused = { kind: 'refused', reason: expect.stringContaining('names another file') as string };
  expect(tryEnding(project.database, ENDING)).toMatchObject(refused);
  expect(await endLeases(project.database, ENDING)).toMatchObject(refused);
  expect(() => attachDatabase(project.database, 0)).toThrow('names another file');
  expect(() => openTaskLeases(project.database, { clock: handClock(RECORDED_AT_S) })).toThrow('names another file');
  expect(existsSync(precious)).toBe(true);

  const old = hostileProject(projectBefore('delete'));
  const plan = await planMigration(old.project.database, { clock: handClock(RECORDED_AT_S) });
  expect(plan).toMatchObject({ message: expect.stringContaining('names another file') as string });
  expect(existsSync(old.precious)).toBe(true);
});

it('nor through a link to the database', () => {
  const { project, precious } = hostileProject();
  const link = path.join(tempFolder(), 'link.db');
  symlinkSync(project.database, link);
  const failures = [() => attachDatabase(link, 0), () => openTaskLeases(link, { clock: handClock(RECORDED_AT_S) })];
  for (const open of failures) {
    expect(open).toThrow('names another file');
    expect(existsSync(precious)).toBe(true);
  }
  expect(readLeases(link)).toMatchObject({ why: 'names-another-file' });
  expect(existsSync(precious)).toBe(true);
});

it('a journal of this database alone is played back, in the copy and by those who write', () => {
  const { project } = hostileProject();
  const journal = readFileSync(`${project.database}-journal`);
  const end = journal.length - 4 - journal.readUInt32BE(journal.length - 16) - 16;
  writeFileSync(`${project.database}-journal`, journal.subarray(0, end));
  // Right after it was written, nothing can be told of it.
  const untilMs = performance.now() + 2_000;
  while (readLeases(project.database).kind !== 'read') expect(performance.now()).toBeLessThan(untilMs);
  expect(project.files()).toEqual(['todo2.db', 'todo2.db-journal']);
  const open = attachDatabase(project.database, 0);
  open.close();
  expect(project.files()).toEqual(['todo2.db']);
});
