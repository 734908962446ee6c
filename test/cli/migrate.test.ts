import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectBefore, recordedProject } from '../core/task-lease/todo-project';
import { type CliBench, createBench } from './run-cli';

let bench: CliBench;

beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(async () => {
  await bench.remove();
});

interface Json {
  readonly result: string;
  readonly database: string | null;
  readonly statements: readonly string[];
  readonly backup: string | null;
  readonly message: string | null;
}

describe('lockscope migrate', () => {
  it('shows the exact SQL and writes nothing, does it with --yes, and has nothing to do then', async () => {
    const project = projectBefore();
    const before = readFileSync(project.database);
    const shown = await bench.run('migrate', project.folder, '--dry-run');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('  ALTER TABLE tasks ADD COLUMN lock_until INTEGER;\n');
    expect(shown.stdout).toContain(`copied to ${project.database}.backup-`);

    // Without a terminal, nobody can say yes.
    expect(await bench.run('migrate', project.folder)).toMatchObject({ code: 2 });
    expect(await bench.run('--read-only', 'migrate', project.folder, '--yes')).toMatchObject({ code: 1 });
    const told = JSON.parse((await bench.run('migrate', project.folder, '--dry-run', '--json')).stdout) as Json;
    expect(told).toMatchObject({ result: 'planned', database: project.database, message: null });
    for (const statement of told.statements) expect(shown.stdout).toContain(`  ${statement};\n`);
    expect(told.statements).toHaveLength(7);
    expect(readFileSync(project.database)).toEqual(before);
    expect(project.files()).toEqual(['todo2.db']);

    const done = await bench.run('migrate', project.folder, '--yes', '--json');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const { result, statements, backup } = JSON.parse(done.stdout) as Json;
    expect({ result, statements }).toEqual({ result: 'migrated', statements: told.statements });
    expect(project.files()).toEqual(['todo2.db', path.basename(backup ?? '')]);
    expect(project.task('T-1000')).toMatchObject({ version: 1, assignee: null, lock_until: null });

    const again = await bench.run('migrate', project.database, '--yes');
    expect(again).toEqual({
      code: 0,
      stdout: `${project.database}: nothing is missing; nothing was changed.\n`,
      stderr: '',
    });
  });

  it('refuses what is no table of tasks, and what is not there', async () => {
    const project = recordedProject();
    project.run('DROP TABLE tasks');
    const before = readFileSync(project.database);
    expect(await bench.run('migrate', project.folder, '--yes')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The database has no table of tasks.\n',
    });
    const told = await bench.run('migrate', project.folder, '--yes', '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ result: 'refused', database: null, statements: [], backup: null });
    expect(readFileSync(project.database)).toEqual(before);
    expect(await bench.run('migrate', bench.work, '--yes')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no such database.\n',
    });
  });
});
