import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sleep, tempFolder } from '../helpers/inspect';
import { type CliBench, createBench } from './run-cli';

interface Listed {
  readonly path: string;
  readonly seesAll: boolean;
  readonly locks: readonly {
    readonly lock: string;
    readonly access: string;
    readonly holders: readonly { readonly pid: number; readonly command: string; readonly fd: number }[];
    readonly blocked: readonly ({ readonly pid: number } | null)[];
  }[];
}

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

function start(command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function who(file: string): Promise<Listed> {
  const run = await bench.run('who', file, '--json');
  expect(run.code).toBe(0);
  return JSON.parse(run.stdout) as Listed;
}

async function whoOnce(file: string, isThere: (listed: Listed) => boolean): Promise<Listed> {
  for (let tries = 0; ; tries += 1) {
    const listed = await who(file);
    if (isThere(listed)) return listed;
    if (tries > 20) throw new Error(`Never seen: ${JSON.stringify(listed)}`);
    await sleep(100);
  }
}

describe.skipIf(process.platform !== 'linux')('who', () => {
  it('tells holder and waiter of a file, by whatever name it is asked for', async () => {
    const folder = await tempFolder();
    const file = join(folder, 'build.lock');
    writeFileSync(file, '');
    const holder = start('flock', '--no-fork', '-x', file, 'sleep', '60');
    await whoOnce(file, ({ locks }) => locks.length === 1);
    const waiter = start('flock', '-x', file, 'true');
    const other = join(folder, 'same.lock');
    await link(file, other);
    const { locks, path } = await whoOnce(other, (listed) => listed.locks[0]?.blocked.length === 1);
    expect(path).toBe(other);
    expect(locks).toMatchObject([
      {
        lock: 'FLOCK',
        access: 'write',
        holders: [{ pid: holder.pid, command: 'sleep 60' }],
        blocked: [{ pid: waiter.pid }],
      },
    ]);
    const text = await bench.run('who', file);
    expect(text.stdout).toContain(`Process ${(holder.pid ?? 0).toString()} has it`);
    expect(text.stdout).toContain(`Blocked: process ${(waiter.pid ?? 0).toString()}`);
    expect(text.stdout).not.toContain('\u001b');
  });

  it('says that nobody holds it, though it is called a lock', async () => {
    const file = join(await tempFolder(), 'old.lock');
    writeFileSync(file, '');
    const run = await bench.run('who', file);
    expect(run).toMatchObject({ code: 0, stdout: '' });
    expect(run.stderr).toContain('No advisory lock is held on');
  });

  it('refuses a folder and what is not there', async () => {
    const folder = await tempFolder();
    expect(await bench.run('who', folder)).toMatchObject({ code: 2, stdout: '' });
    const missing = await bench.run('who', join(folder, 'nothing'));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('cannot be looked at');
  });
});
