import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { needElectron } from './needs';

const CHECKOUT = path.resolve(import.meta.dirname, '..', '..');

interface Start {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

let home: string;

test.beforeEach(() => {
  groups.clear();
  home = mkdtempSync(path.join(tmpdir(), 'lockscope-start-'));
});

test.afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** `npm start`, with a place of its own for settings and for what it puts into the temporary folder. */
function start(env: Readonly<Record<string, string>>): Start {
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: CHECKOUT,
    env: { ...process.env, LOCKSCOPE_HOME: path.join(home, 'data'), TMPDIR: home, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, output: () => output };
}

/** Process groups that were seen to belong to a start of ours. */
const groups = new Set<string>();

/**
 * The command lines of all processes that know our place by their environment, or are in the group of one that did:
 * Chromium's helpers overwrite their environment.
 */
function family(): string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({
      group: groupOf(pid),
      isOurs: read(`/proc/${pid}/environ`).includes(`LOCKSCOPE_HOME=${home}`),
      command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(),
    }))
    // What has ended and waits for its parent to notice has no command line.
    .filter(({ command }) => command !== '');
  // The start and its short-lived helpers are in the group of the test runner; the application has one of its own.
  const runner = groupOf('self');
  for (const { isOurs, group } of processes) if (isOurs && group !== runner) groups.add(group);
  return processes.filter(({ isOurs, group }) => isOurs || groups.has(group)).map(({ command }) => command);
}

function groupOf(pid: string): string {
  return read(`/proc/${pid}/stat`).split(') ').pop()?.split(' ')[2] ?? '';
}

/** What is left in the temporary folder but settings. */
function leftBehind(): string[] {
  return readdirSync(home).filter((name) => name !== 'data');
}

const agents = (): number => family().filter((line) => line.includes('agent.cjs')).length;

test.skip(process.platform !== 'linux', 'processes are looked up in /proc');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`without a display, a web host with a demo; ${signal} leaves nothing`, async () => {
    const started = start({ DISPLAY: '', WAYLAND_DISPLAY: '', LOCKSCOPE_ELECTRON: '', BROWSER: 'true' });
    await expect.poll(started.output).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/);
    await expect.poll(agents).toBeGreaterThan(1);
    const address = /http:\S+/.exec(started.output())?.[0] ?? '';
    const page = await fetch(address, { redirect: 'manual' });
    expect(page.status).toBe(303);

    started.child.kill(signal);
    expect(await started.ended).not.toBeNull();
    expect(family()).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });
}

test('without a display, Enter prints a new address; a start that is killed takes the host and the demo with it', async () => {
  const started = start({ DISPLAY: '', WAYLAND_DISPLAY: '', LOCKSCOPE_ELECTRON: '', BROWSER: 'true' });
  const addresses = (): number => started.output().split('/?token=').length - 1;
  await expect.poll(started.output).toContain('Enter prints a new one');
  expect(addresses()).toBe(1);
  started.child.stdin?.write('\n');
  await expect.poll(addresses).toBe(2);
  await expect.poll(agents).toBeGreaterThan(1);

  started.child.kill('SIGKILL');
  await expect.poll(family).toEqual([]);
  expect(leftBehind()).toEqual([]);
});

test('with Electron and a display, a window with a demo; SIGINT leaves nothing', async () => {
  const electron = needElectron();
  const started = start({ LOCKSCOPE_ELECTRON: electron });
  const renderer = (): boolean => family().some((line) => line.includes('--type=renderer'));
  await expect.poll(renderer, { message: started.output() }).toBe(true);
  await expect.poll(agents).toBeGreaterThan(1);
  expect(started.output()).not.toContain('opens in the browser');

  started.child.kill('SIGINT');
  expect(await started.ended).not.toBeNull();
  expect(family()).toEqual([]);
  expect(leftBehind()).toEqual([]);
});

test('a window that is closed ends the start', async () => {
  const electron = needElectron();
  const started = start({ LOCKSCOPE_ELECTRON: electron });
  await expect.poll(agents, { message: started.output() }).toBeGreaterThan(1);
  const leader = readdirSync('/proc').find((pid) => {
    const line = /^\d+$/.test(pid) && existsSync(`/proc/${pid}/cmdline`) ? read(`/proc/${pid}/cmdline`) : '';
    return line.startsWith(electron) && !line.includes('--type=') && read(`/proc/${pid}/environ`).includes(home);
  });
  expect(leader).toBeDefined();
  // What the window system sends when a session ends.
  process.kill(Number(leader), 'SIGTERM');
  expect(await started.ended).toBe(0);
  expect(family()).toEqual([]);
});

test('an unknown switch is named', async () => {
  const child = spawn(process.execPath, ['scripts/start.mjs', '--frobnicate'], { cwd: CHECKOUT });
  let output = '';
  child.stderr.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
  expect(output).toContain('--frobnicate');
});

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
