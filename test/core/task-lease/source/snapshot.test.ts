import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { attachDatabase } from '../../../../core/task-lease/attached-database';
import { NotReadable, readDatabase } from '../../../../core/task-lease/database/read-database';
import { builtProgram, removeBuiltPrograms } from '../../../helpers/built-program';
import { sleep } from '../../../helpers/inspect';
import { projectIn, projectOf, tempFolder } from '../todo-project';

afterAll(removeBuiltPrograms);

const TASKS = 60;
/** One that finds nothing at rest takes 300 ms. */
const READINGS = { WAL: 150, DELETE: 12 };

async function startMovers(database: string, hows: readonly string[], pages: number): Promise<() => Promise<void>> {
  const program = await builtProgram('test/core/task-lease/source/mover.worker.ts');
  const movers = hows.map((how): ChildProcess => {
    const child = spawn(process.execPath, [program, database, TASKS.toString(), how, pages.toString()], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
  });
  await Promise.all(movers.map((mover) => once(mover.stdout!, 'data')));
  return async () => {
    const ends = movers.map((mover) => once(mover, 'exit'));
    for (const mover of movers) mover.stdin?.end();
    expect((await Promise.all(ends)).map(([code]) => code as unknown)).toEqual(movers.map(() => 0));
  };
}

const CASES: readonly (readonly [string, readonly string[], number, keyof typeof READINGS])[] = [
  ['a log that is begun anew again and again', ['steady', 'steady', 'steady'], 10, 'WAL'],
  ['a log that grows', ['steady', 'steady'], 1_000, 'WAL'],
  ['programs that open, write and close', ['closing', 'closing'], 1_000, 'WAL'],
  ['one program that opens, writes and closes', ['closing'], 1_000, 'WAL'],
  ['a rollback journal', ['steady'], 1_000, 'DELETE'],
  ['a rollback journal that is gone now and then', ['pausing'], 1_000, 'DELETE'],
];

for (const [what, hows, pages, journal] of CASES) {
  it(`is whole, and of one moment, at each reading: ${what}`, { timeout: 60_000 }, async () => {
    const project = projectOf(TASKS);
    project.run(`PRAGMA todo.journal_mode = ${journal}`);
    const end = await startMovers(project.database, hows, pages);
    const ways = new Map<string, number>();
    const readings = READINGS[journal];
    for (let reading = 0; reading < readings; reading += 1) {
      let way: string;
      try {
        const { value, how } = readDatabase(project.database, (connection) => ({
          sum: connection.prepare('SELECT sum(version) AS sum, count(*) AS count FROM todo.tasks').get() as object,
          check: connection.prepare('PRAGMA todo.integrity_check').all() as readonly object[],
        }));
        expect({ ...value.sum }).toEqual({ sum: TASKS, count: TASKS });
        expect(value.check.map((row) => ({ ...row }))).toEqual([{ integrity_check: 'ok' }]);
        way = how;
      } catch (error) {
        // It is no wrong answer that it cannot be told now.
        if (!(error instanceof NotReadable) || error.why !== 'changing') throw error;
        way = error.why;
      }
      ways.set(way, (ways.get(way) ?? 0) + 1);
      await sleep(Math.random() * 4);
    }
    await end();
    const read = readings - (ways.get('changing') ?? 0);
    // What is there and gone many hundred times a second, without a pause, holds still for nobody.
    const isNeverStill = journal === 'WAL' ? hows.join() === 'closing' : hows.includes('steady');
    if (!isNeverStill) expect(read, JSON.stringify([...ways])).toBeGreaterThan(readings * 0.9);
    expect(ways.get('as a reader') ?? 0, JSON.stringify([...ways])).toBeLessThan(readings * 0.1);
    expect(project.files()).toEqual(['todo2.db']);
  });
}

it('believes of a log what SQLite itself would: up to the first frame that is not right', () => {
  const project = projectOf(10);
  const open = attachDatabase(project.database, 1_000);
  open.connection.exec('PRAGMA todo.wal_autocheckpoint = 0');
  for (let turn = 1; turn <= 40; turn += 1) {
    open.connection.exec(
      `UPDATE tasks SET version = ${turn.toString()}, content = hex(randomblob(${(turn * 150).toString()}))`,
    );
    // Sometimes the same log, sometimes a new one that is shorter than what is left of the old.
    if (turn % 7 === 0) open.connection.prepare('PRAGMA todo.wal_checkpoint(RESTART)').all();
    const other = projectIn(tempFolder());
    copyFileSync(project.database, other.database);
    copyFileSync(`${project.database}-wal`, `${other.database}-wal`);
    const sum = 'SELECT sum(version) AS sum, sum(length(content)) AS length FROM todo.tasks';
    const seen = [project, other].map(({ database }) =>
      readDatabase(database, (connection) => ({ ...(connection.prepare(sum).get() as object) })),
    );
    const truth = { ...(open.connection.prepare(sum).get() as object) };
    expect(seen.map(({ value }) => value)).toEqual([truth, truth]);
    if (turn % 7 !== 0) expect(seen.map(({ how }) => how)).toEqual(['private copy', 'private copy']);
  }
  open.close();
  expect(path.basename(project.database)).toBe('todo2.db');
});
