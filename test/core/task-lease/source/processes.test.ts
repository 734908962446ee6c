import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { attachDatabase } from '../../../../core/task-lease/attached-database';
import { DatabaseProcesses, NoAnswer } from '../../../../core/task-lease/database-processes';
import { builtProgram, removeBuiltPrograms } from '../../../helpers/built-program';
import { eventually, sleep } from '../../../helpers/inspect';
import { projectIn, projectOf, RECORDED_AT_S, recordedProject, type TodoProject, tempFolder } from '../todo-project';
import { leasesHost, readOnce, sourceOf } from './leases-host';

afterAll(removeBuiltPrograms);

const PROGRAM = 'core/task-lease/database-process.ts';

async function pool(): Promise<DatabaseProcesses> {
  const processes = new DatabaseProcesses(await builtProgram(PROGRAM));
  onTestFinished(() => processes.end());
  return processes;
}

/** The processes that this one started to open databases, by the system's own list. */
function children(parent = process.pid): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const [, parentPid] = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
        if (Number(parentPid) !== parent) return false;
        return readFileSync(`/proc/${pid.toString()}/cmdline`, 'utf8').includes('database-process');
      } catch {
        return false;
      }
    });
}

function read(processes: DatabaseProcesses, project: TodoProject) {
  return processes.ask({ kind: 'read', path: project.database });
}

it.runIf(process.platform === 'linux')('are few, one request at a time, and end when nobody needs them', async () => {
  const processes = await pool();
  const projects = Array.from({ length: 12 }, () => projectOf(5));
  const answers = await Promise.all(projects.map((project) => read(processes, project)));
  expect(answers.map(({ kind }) => kind)).toEqual(projects.map(() => 'read'));
  expect(children().length).toBeLessThanOrEqual(3);
  processes.end();
  await eventually(() => children().length === 0);
  // Another one is started when it is asked for.
  expect((await read(processes, projects[0]!)).kind).toBe('read');
});

it.runIf(process.platform === 'linux')(
  'one that hangs is left behind, and no other database waits for it',
  { timeout: 30_000 },
  async () => {
    const processes = await pool();
    const [hung, other] = [projectOf(5), projectOf(5)];
    await read(processes, hung);
    const [pid] = children();
    process.kill(pid!, 'SIGSTOP');
    const asked = read(processes, hung).catch((error: unknown) => error);
    const startedMs = performance.now();
    expect((await read(processes, other)).kind).toBe('read');
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    const error = await asked;
    expect(error).toBeInstanceOf(NoAnswer);
    expect(error).toMatchObject({ why: 'hangs', isBegun: true });
    // It was killed, and so the database can be read again.
    await eventually(() => !children().includes(pid!));
    await sleep(200);
    expect((await read(processes, hung)).kind).toBe('read');
  },
);

it.runIf(process.platform === 'linux')(
  'one that a file breaks takes nothing with it, and its source says so',
  async () => {
    const project = recordedProject();
    const source = sourceOf(project, await leasesHost());
    await readOnce(source);
    const [pid] = children();
    process.kill(pid!, 'SIGSTOP');
    const reading = readOnce(source);
    await sleep(50);
    process.kill(pid!, 'SIGSEGV');
    process.kill(pid!, 'SIGCONT');
    const { status } = await reading;
    expect(status).toMatchObject({ kind: 'out-of-reach' });
    expect(JSON.stringify(status)).toContain('SQLite itself broke on its database');
    expect(JSON.stringify(status)).toContain('SIGSEGV');
  },
);

it.runIf(process.platform === 'linux')(
  'one that is killed costs no change: what was written while it rested is read afterwards',
  { timeout: 30_000 },
  async () => {
    const project = projectOf(3);
    const host = await leasesHost();
    // The first look of this source is the one that comes to nothing.
    await readOnce(sourceOf(projectOf(1), host));
    const source = sourceOf(project, host);
    let readings = 0;
    let holders: readonly (string | null)[] = [];
    let last = Promise.resolve();
    const read = (): void => {
      last = last.then(async () => {
        readings += 1;
        const { upserted } = await readOnce(source);
        holders = [...holders, ...upserted.map(({ holder }) => holder.name)];
      });
    };
    onTestFinished(source.watch(read));
    const [pid] = children();
    process.kill(pid!, 'SIGSTOP');
    const reading = readOnce(source);
    await sleep(50);
    process.kill(pid!, 'SIGKILL');
    expect((await reading).status).toMatchObject({ kind: 'out-of-reach' });
    project.run("UPDATE tasks SET assignee = 'ada', lock_until = 1795299999 WHERE id = 'T-1'");
    await eventually(() => holders.includes('ada'), 15_000);
    // It rested, and did not ask all the time whether it still does.
    expect(readings).toBeLessThan(10);
  },
);

it.runIf(process.platform === 'linux')(
  'end with whoever started them, also when that is killed',
  { timeout: 30_000 },
  async () => {
    const project = projectOf(5);
    const program = await builtProgram('test/core/task-lease/source/look-as.worker.ts');
    const parent = fork(
      program,
      [project.folder, await builtProgram(PROGRAM), (process.getuid?.() ?? 0).toString(), '60000'],
      { execArgv: [] },
    );
    onTestFinished(() => {
      parent.kill('SIGKILL');
    });
    const [child] = await eventually(() => {
      const found = children(parent.pid);
      return found.length > 0 && found;
    });
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await eventually(() => !existsSync(`/proc/${child!.toString()}`));
  },
);

it('removes the copies of those that were killed, and no others', async () => {
  const ended = spawn(process.execPath, ['-e', '']);
  await once(ended, 'exit');
  const name = (pid: number) => path.join(tmpdir(), `lockscope-database-${pid.toString()}-abc`);
  const [left, ours] = [name(ended.pid!), name(process.pid)];
  for (const folder of [left, ours]) {
    mkdirSync(folder);
    onTestFinished(() => {
      if (existsSync(folder)) spawn('rm', ['-r', folder]);
    });
  }
  const processes = await pool();
  await read(processes, projectOf(1));
  await eventually(() => !existsSync(left));
  expect(existsSync(ours)).toBe(true);
  utimesSync(ours, 0, 0);
});

it.runIf(process.platform === 'linux')(
  'killed at any moment of a commit, leave the database whole, with all of it or nothing',
  { timeout: 120_000 },
  async () => {
    const processes = await pool();
    const project = projectOf(400);
    const seen = new Set<string>();
    for (let turn = 0; turn < 40; turn += 1) {
      project.run(
        `UPDATE tasks SET status = 'In Progress', assignee = 'gone', assigned_at = ${(turn + 1).toString()}, lock_until = 1000, content = hex(randomblob(3000))`,
      );
      const leases = Array.from({ length: 400 }, (_, at) => ({
        id: `T-${(at + 1).toString()}`,
        assignee: 'gone',
        assignedAt: BigInt(turn + 1),
        lockUntil: 1_000n,
      }));
      // There is one at least, at rest.
      await read(processes, project);
      const ending = { how: 'cleanup', leases, nowS: RECORDED_AT_S, onlyOver: true } as const;
      const asked = processes
        .ask({ kind: 'end', path: project.database, ending, isTrial: false })
        .catch((error: unknown) => error);
      await sleep(Math.random() * 40);
      for (const pid of children()) process.kill(pid, 'SIGKILL');
      const answer = await asked;
      const open = attachDatabase(project.database, 1_000);
      const check = open.connection.prepare('PRAGMA todo.integrity_check').all();
      const counts = open.connection.prepare('SELECT count(assignee) AS held FROM tasks').get() as { held: number };
      open.close();
      expect(check.map((row) => ({ ...(row as object) }))).toEqual([{ integrity_check: 'ok' }]);
      expect([0, 400]).toContain(counts.held);
      // What was answered is so.
      if (!(answer instanceof NoAnswer)) expect(counts.held).toBe(0);
      seen.add(`${counts.held.toString()} ${answer instanceof NoAnswer ? 'unanswered' : 'answered'}`);
      expect(project.files()).toEqual(['todo2.db']);
    }
    // Some were killed before they were through.
    expect([...seen]).toContain('400 unanswered');
  },
);

/** One of which a reading does not come to an end, in a call that hears of nothing. */
function endlessProject(): TodoProject {
  const project = projectIn(tempFolder());
  writeFileSync(project.database, '');
  project.run(
    'CREATE TABLE todo.tasks (id TEXT, status TEXT, lock_until INTEGER)',
    "INSERT INTO todo.tasks VALUES ('T-1', 'Todo', 1)",
    `ALTER TABLE todo.tasks ADD COLUMN
      assignee TEXT AS (instr(hex(zeroblob(4000000)), hex(zeroblob(2000000)) || '1')) VIRTUAL`,
  );
  return project;
}

it.runIf(process.platform === 'linux')(
  'one in an endless call of SQLite ends with whoever started it',
  { timeout: 30_000 },
  async () => {
    const program = await builtProgram('test/core/task-lease/source/look-as.worker.ts');
    const parent = fork(
      program,
      [endlessProject().folder, await builtProgram(PROGRAM), (process.getuid?.() ?? 0).toString(), '60000'],
      { execArgv: [] },
    );
    onTestFinished(() => {
      parent.kill('SIGKILL');
    });
    const [child] = await eventually(() => {
      const found = children(parent.pid);
      return found.length > 0 && found;
    });
    onTestFinished(() => {
      if (existsSync(`/proc/${child!.toString()}`)) process.kill(child!, 'SIGKILL');
    });
    await sleep(1_000);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await eventually(() => !existsSync(`/proc/${child!.toString()}`));
  },
);

it.runIf(process.platform === 'linux')('whoever ends them waits for no endless call of SQLite', async () => {
  const processes = await pool();
  const asked = read(processes, endlessProject()).catch((error: unknown) => error);
  await eventually(() => children().length > 0);
  await sleep(300);
  const startedMs = performance.now();
  processes.end();
  expect(await asked).toBeInstanceOf(NoAnswer);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  await eventually(() => children().length === 0);
});

it.runIf(process.platform === 'linux')(
  'one that cannot be started is said, and is started when it can be',
  async () => {
    const program = await builtProgram('test/core/task-lease/source/no-descriptors.worker.ts');
    const child = spawn(
      'bash',
      [
        '-c',
        'ulimit -n 100; exec "$@"',
        'bash',
        process.execPath,
        program,
        projectOf(3).database,
        await builtProgram(PROGRAM),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    const said = Buffer.concat(chunks).toString().trim().split('\n');
    expect({ code, said }).toEqual({
      code: 0,
      said: ['not-started', 'not-started', 'not-started', 'not-started', 'read'],
    });
  },
);
