import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArguments } from '../../scripts/lib/arguments.mjs';
import { asarOf } from '../../scripts/lib/asar.mjs';
import { hasDisplay } from '../../scripts/lib/display.mjs';
import { startProgram } from '../../scripts/lib/processes.mjs';
import { countPlaywright, countVitest } from '../../scripts/lib/test-counts.mjs';
import { CHECKOUT } from './sandbox';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lockscope-scripts-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the lock of the set-up', () => {
  /** Adds 1 to a number in a file, slowly, under the lock. */
  function worker(): Promise<number | null> {
    const script = path.join(folder, 'worker.mjs');
    const lock = JSON.stringify(path.join(CHECKOUT, 'scripts/lib/lock.mjs'));
    writeFileSync(
      script,
      `import { readFileSync, writeFileSync } from 'node:fs';
       import { setTimeout as sleep } from 'node:timers/promises';
       import { withLock } from ${lock};
       await withLock('lock', async () => {
         const n = Number(readFileSync('count', 'utf8'));
         await sleep(20);
         writeFileSync('count', String(n + 1));
       }, { pollMs: 5 });`,
    );
    const child = spawn(process.execPath, [script], { cwd: folder, stdio: 'inherit' });
    return new Promise((resolve) => child.once('close', resolve));
  }

  it('lets one process work at a time', async () => {
    writeFileSync(path.join(folder, 'count'), '0');
    expect(await Promise.all(Array.from({ length: 8 }, worker))).toEqual(Array(8).fill(0));
    expect(readFileSync(path.join(folder, 'count'), 'utf8')).toBe('8');
  });

  it.each([
    ['whose process is gone', '4194303 1\n'],
    ['whose number belongs to another process now', `${process.pid.toString()} 1\n`],
    ['that says nothing', ''],
  ])('takes over a lock %s', async (_name, text) => {
    writeFileSync(path.join(folder, 'count'), '0');
    writeFileSync(path.join(folder, 'lock'), text);
    expect(await worker()).toBe(0);
    expect(readFileSync(path.join(folder, 'count'), 'utf8')).toBe('1');
  });
});

describe('a program that is started', () => {
  it('passes its exit code on', async () => {
    expect(await startProgram(process.execPath, ['-e', 'process.exit(7)']).ended).toMatchObject({ code: 7 });
  });

  it('says so when there is no such program', async () => {
    const end = await startProgram(path.join(folder, 'nowhere'), []).ended;
    expect(end).toMatchObject({ code: 127, error: { code: 'ENOENT' } });
  });

  it.runIf(process.platform !== 'win32')(
    'is ended with all that it left behind, even what will not listen',
    async () => {
      const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(process.pid)";
      const leave = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}], { stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.once('data', (pid) => require('node:fs').writeSync(1, pid) && process.exit(0));`;
      const program = startProgram(process.execPath, ['-e', leave], { stdio: ['ignore', 'pipe', 'inherit'] });
      let pid = '';
      program.child.stdout?.on('data', (bytes: Buffer) => {
        pid += bytes.toString();
      });
      expect(await program.ended).toMatchObject({ code: 0 });
      expect(Number(pid)).toBeGreaterThan(0);
      expect(isAlive(Number(pid))).toBe(false);
    },
  );

  it('is killed when it does not end in time', async () => {
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')";
    const program = startProgram(process.execPath, ['-e', deaf], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => program.child.stdout?.once('data', resolve));
    await program.stop('SIGTERM', 100);
    expect(await program.ended).toMatchObject({ code: 137 });
  });
});

describe('packages behind a link', () => {
  it('are left alone: another checkout lives on them', async () => {
    cpSync(path.join(CHECKOUT, 'scripts/lib'), path.join(folder, 'scripts/lib'), { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{"name":"borrower","version":"1.0.0"}');
    writeFileSync(path.join(folder, 'package-lock.json'), '{"name":"borrower","lockfileVersion":3,"packages":{"":{}}}');
    mkdirSync(path.join(folder, 'elsewhere'));
    writeFileSync(path.join(folder, 'elsewhere/theirs'), '');
    symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'node_modules'));
    const copy = pathToFileURL(path.join(folder, 'scripts/lib/packages.mjs')).href;
    const { installPackages } = (await import(copy)) as { installPackages: () => Promise<void> };
    await expect(installPackages()).rejects.toThrow('node_modules is a link');
    expect(readdirSync(path.join(folder, 'elsewhere'))).toEqual(['theirs']);
  });
});

describe('the words after npm start', () => {
  it('are paths from where npm was called, and switches', () => {
    const env = { npm_lifecycle_event: 'start', INIT_CWD: '/home/me' };
    expect(readArguments(['a', '--read-only', '/b', '--', '-c'], env)).toEqual({
      args: ['--read-only', '--', '/home/me/a', '/b', '/home/me/-c'],
    });
    expect(readArguments([], env)).toEqual({ args: [] });
    expect(readArguments(['--what'], env)).toMatchObject({ problem: expect.stringContaining('--what') as string });
  });
});

describe.runIf(process.platform === 'linux')('a display', () => {
  it('is not there without a name, nor when its server is gone', async () => {
    expect(await hasDisplay({})).toBe(false);
    expect(await hasDisplay({ DISPLAY: ':64999' })).toBe(false);
  });

  it('is there when its server answers', async () => {
    const server = createServer().listen('\0/tmp/.X11-unix/X64998');
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await hasDisplay({ DISPLAY: ':64998.0' })).toBe(true);
    server.close();
  });
});

describe('counts', () => {
  const report = (value: unknown): string => {
    const file = path.join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(value));
    return file;
  };
  const test = (status: string) => ({ status, fullName: `a ${status} one` });

  it('adds up what Vitest reports', () => {
    const file = report({
      testResults: [
        { status: 'failed', assertionResults: [test('passed'), test('failed'), test('pending'), test('todo')] },
        { status: 'passed', assertionResults: [test('passed')] },
      ],
    });
    expect(countVitest(file, 1)).toEqual({ passed: 2, failed: 1, skipped: ['a pending one', 'a todo one'] });
  });

  it('takes a file that does not load, a bad exit code and a lost report for failures', () => {
    expect(countVitest(report({ testResults: [{ status: 'failed', assertionResults: [] }] }), 1)).toMatchObject({
      failed: 1,
    });
    expect(countVitest(report({ testResults: [] }), 1)).toMatchObject({ failed: 1 });
    expect(countVitest(path.join(folder, 'nowhere'), 0)).toMatchObject({ failed: 1 });
    expect(countPlaywright(path.join(folder, 'nowhere'), 0)).toMatchObject({ failed: 1 });
  });

  it('adds up what Playwright reports, and gives reasons for what was skipped', () => {
    const skipped = { status: 'skipped', annotations: [{ type: 'skip', description: 'no screen' }] };
    const file = report({
      stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 },
      errors: [],
      suites: [{ title: 'a.spec.ts', specs: [], suites: [{ title: 'b', specs: [{ title: 'c', tests: [skipped] }] }] }],
    });
    expect(countPlaywright(file, 1)).toEqual({ passed: 3, failed: 2, skipped: ['a.spec.ts › b › c (no screen)'] });
  });
});

describe('an archive for Electron', () => {
  it('has its index first and its files behind', () => {
    const archive = asarOf({ 'a.js': Buffer.from('one'), 'b.js': Buffer.from('three') });
    const headerSize = archive.readUInt32LE(4);
    const jsonSize = archive.readUInt32LE(12);
    const index = JSON.parse(archive.subarray(16, 16 + jsonSize).toString()) as unknown;
    expect(index).toEqual({ files: { 'a.js': { size: 3, offset: '0' }, 'b.js': { size: 5, offset: '3' } } });
    expect(archive.subarray(8 + headerSize).toString()).toBe('onethree');
    expect(headerSize % 4).toBe(0);
  });
});
