import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserCommand } from '../../cli/browser';
import { type CliBench, createBench } from './run-cli';

let bench: CliBench;
let temp: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  bench = await createBench();
  temp = join(bench.work, 'tmp');
  await mkdir(temp);
  // The window itself is tested elsewhere: here any page will do.
  const renderer = join(bench.cli, '..', '..', 'renderer');
  await mkdir(join(renderer, 'assets'), { recursive: true });
  await writeFile(join(renderer, 'index.html'), '<!doctype html><title>Lockscope</title>');
}, 60_000);
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => bench.remove());

interface Serving {
  readonly address: URL;
  readonly child: ChildProcess;
  /** Resolves with exit code and signal. */
  readonly ended: Promise<number | null>;
  stdout(): string;
}

function serve(...args: string[]): Promise<Serving> {
  const child = spawn(process.execPath, [bench.cli, 'serve', ...args], {
    env: { ...bench.env, TMPDIR: temp },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push(child);
  let stdout = '';
  let stderr = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) {
        resolve({ address: new URL(stdout.split('\n')[0] ?? ''), child, ended, stdout: () => stdout });
      }
    });
    child.once('close', () => {
      reject(new Error(stderr));
    });
  });
}

describe('serve', () => {
  it('prints an address on this machine with a token, serves, and ends cleanly with Ctrl+C', async () => {
    const serving = await serve(await bench.recording('three-agents'));
    expect(serving.address.hostname).toBe('127.0.0.1');
    expect(serving.address.searchParams.get('token')).toMatch(/.{20,}/);
    const without = await fetch(serving.address.origin, { redirect: 'manual' });
    expect(without.status).toBeGreaterThanOrEqual(400);
    const page = await fetch(serving.address, { redirect: 'manual' });
    expect(page.status).toBeLessThan(400);
    expect(serving.stdout().trimEnd().split('\n')).toHaveLength(1);
    serving.child.kill('SIGINT');
    expect(await serving.ended).toBe(0);
    await expect(fetch(serving.address.origin)).rejects.toThrow();
  });

  it('prints a new address at Enter; the one before works no more', async () => {
    const serving = await serve(await bench.recording('three-agents'));
    serving.child.stdin?.write('\n');
    for (let i = 0; i < 100 && serving.stdout().split('\n').length < 3; i++) await wait(50);
    const [, fresh = ''] = serving.stdout().split('\n');
    const old = await fetch(serving.address, { redirect: 'manual' });
    expect(old.status).toBe(401);
    expect((await fetch(fresh, { redirect: 'manual' })).status).toBe(303);
    serving.child.kill('SIGINT');
    expect(await serving.ended).toBe(0);
  });

  it('goes on when there is nobody to press Enter', async () => {
    const serving = await serve(await bench.recording('three-agents'));
    serving.child.stdin?.end();
    await wait(200);
    expect((await fetch(serving.address, { redirect: 'manual' })).status).toBe(303);
    serving.child.kill('SIGINT');
    expect(await serving.ended).toBe(0);
  });

  it('opens a demo when there is nothing else, and leaves nothing of it', { timeout: 40_000 }, async () => {
    const home = join(bench.work, 'fresh-home');
    const before = bench.env['LOCKSCOPE_HOME'];
    bench.env['LOCKSCOPE_HOME'] = home;
    try {
      const serving = await serve();
      for (let i = 0; i < 100 && (await readdir(temp)).length === 0; i++) await wait(50);
      const [folder = ''] = await readdir(temp);
      expect(folder).toMatch(/^lockscope-demo-/);
      const ledger = join(temp, folder, 'odd-numbers', 'ledger');
      // The folder of the demo is there before its proofs are.
      const eventCount = async (): Promise<number> =>
        (await readdir(ledger).catch(() => [])).filter((name) => name.endsWith('.json')).length;
      for (let i = 0; i < 200 && (await eventCount()) < 11; i++) await wait(50);
      expect(await eventCount()).toBeGreaterThanOrEqual(11);
      serving.child.kill('SIGINT');
      expect(await serving.ended).toBe(0);
      expect(await readdir(temp)).toEqual([]);
    } finally {
      bench.env['LOCKSCOPE_HOME'] = before;
    }
  });

  it('says when a path is not there or the port is taken', async () => {
    const missing = await bench.run('serve', join(bench.work, 'nowhere'));
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('There is no ');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = address !== null && typeof address === 'object' ? address.port.toString() : '';
    const run = await bench.run('serve', await bench.recording('three-agents'), '--port', port);
    taken.close();
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain(`Port ${port} cannot be used`);
  });
});

describe('the browser', () => {
  it('is opened only where there is one and a display', async () => {
    const bin = join(bench.work, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'xdg-open'), '', { mode: 0o755 });
    const url = 'http://127.0.0.1:1/';
    expect(browserCommand(url, { PATH: bin, DISPLAY: ':0' }, 'linux')).toEqual([join(bin, 'xdg-open'), url]);
    expect(browserCommand(url, { PATH: bin, WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).not.toBeNull();
    expect(browserCommand(url, { PATH: bin }, 'linux')).toBeNull();
    expect(browserCommand(url, { PATH: '/nowhere', DISPLAY: ':0' }, 'linux')).toBeNull();
    expect(browserCommand(url, { PATH: bin }, 'darwin')).toBeNull();
    expect(existsSync(join(bin, 'open'))).toBe(false);
  });
});
