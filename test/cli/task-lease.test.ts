import { chmod, cp, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliBench, createBench } from './run-cli';

// The real command line on copies of a database that the living program made.

const RECORDING = resolve(__dirname, '..', 'fixtures', 'todo2', 'leases');
const HOLDER = 'backend-agent-buildbox-4242';

let bench: CliBench;

beforeAll(async () => {
  bench = await createBench();
}, 60_000);

afterAll(() => bench.remove());

async function project(): Promise<string> {
  const folder = await mkdtemp(join(bench.work, 'todo2-'));
  await mkdir(join(folder, '.todo2'));
  const database = join(folder, '.todo2', 'todo2.db');
  await cp(join(RECORDING, '.todo2', 'todo2.db'), database);
  await chmod(database, 0o644);
  return folder;
}

interface Listed {
  readonly claims: readonly {
    readonly resource: string;
    readonly kind: string;
    readonly holder: string;
    readonly verdict: string;
  }[];
}

async function held(path: string): Promise<Listed['claims']> {
  const { stdout } = await bench.run('ls', path, '--json');
  return (JSON.parse(stdout) as Listed).claims;
}

it('lists the leases of a project, named by its folder, its .todo2 or its database', async () => {
  const folder = await project();
  for (const path of [folder, join(folder, '.todo2'), join(folder, '.todo2', 'todo2.db')]) {
    expect((await held(path)).map(({ resource, kind, verdict }) => `${resource} ${kind} ${verdict}`)).toEqual(
      ['T-1000', 'T-1001', 'T-1002', 'T-1003', 'T-1004'].map((id) => `${id} task expired`),
    );
  }
  expect(await readdir(join(folder, '.todo2'))).toEqual(['todo2.db']);
});

it('shows one with its evidence and its row', async () => {
  const { code, stdout } = await bench.run('show', await project(), 'T-1000');
  expect(code).toBe(0);
  expect(stdout).toContain('The task is In Progress');
  expect(stdout).toContain(`assignee = '${HOLDER}'`);
});

it('reaps and releases, says what it would write before, and leaves nothing beside the database', async () => {
  const folder = await project();
  const dry = await bench.run('reap', '--dry-run', folder, 'T-1003');
  expect(dry.stdout).toContain('UPDATE tasks SET assignee = NULL');
  expect(dry.stdout).toContain("-- status: 'In Progress' → 'Todo'");
  expect(dry.stdout).toContain('may still write');
  expect(await held(folder)).toHaveLength(5);

  expect((await bench.run('reap', '--yes', folder, 'T-1003')).code).toBe(0);
  expect((await bench.run('release', '--yes', '--as', 'ada', folder, 'T-1000')).code).not.toBe(0);
  expect((await bench.run('release', '--yes', '--as', HOLDER, folder, 'T-1000')).code).toBe(0);
  expect((await held(folder)).map(({ resource }) => resource)).toEqual(['T-1001', 'T-1002', 'T-1004']);

  const all = await bench.run('reap', '--yes', '--all', folder);
  expect(all.code).toBe(0);
  expect(all.stdout).toContain('3 tasks: Reaped 3 tasks.');
  expect(await held(folder)).toEqual([]);
  expect(await readdir(join(folder, '.todo2'))).toEqual(['todo2.db']);
});
