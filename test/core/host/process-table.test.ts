import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createProcessTable } from '../../../core/host/process-table';
import type { ProcessIdentity } from '../../../core/model';
import { eventually } from '../../helpers/inspect';
import { onCall, systemError } from '../../helpers/system-calls';
import { workerProgram } from '../../helpers/worker-program';
import { tempFolder } from '../ledger/proof';

const table = createProcessTable();
const self = table.self();

function start(command: string, args: readonly string[], cwd?: string): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore', ...(cwd === undefined ? {} : { cwd }) });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** A number that no process of this machine has, and that none is given soon. */
function freePid(): number {
  const most = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  const taken = (pid: number): boolean => existsSync(`/proc/${pid.toString()}`);
  let pid = most - 1;
  while (taken(pid)) pid -= 1;
  return pid;
}

/** Whether this user may make a pid namespace, and say which number comes next in it. */
function mayUnshare(): boolean {
  const args = ['--pid', '--fork', '--mount-proc', 'sh', '-c', 'echo 100 > /proc/sys/kernel/ns_last_pid'];
  return process.platform === 'linux' && spawnSync('unshare', args, { stdio: 'ignore' }).status === 0;
}

function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function identityOf(pid: number): ProcessIdentity {
  return { ...self, pid, startTicks: Number(statFields(pid)[19]) };
}

describe.skipIf(process.platform !== 'linux')('what can be said of a process', () => {
  it('this one is alive, and names its machine, boot, namespace and start', () => {
    expect(table.stateOf(self)).toEqual({ kind: 'alive' });
    expect(self.pid).toBe(process.pid);
    expect(self.startTicks).toBe(Number(statFields(process.pid)[19]));
    expect(self.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(self.pidNamespace).toMatch(/^pid:\[\d+\]$/);
  });

  it('a child is alive, then ended', async () => {
    const child = start('sleep', ['60']);
    const identity = identityOf(child.pid ?? 0);
    expect(table.stateOf(identity)).toEqual({ kind: 'alive' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(table.stateOf(identity)).toEqual({ kind: 'gone', how: 'ended' });
    // Even where its start was not recorded: the pid is free.
    expect(table.stateOf({ ...identity, startTicks: null })).toEqual({ kind: 'gone', how: 'ended' });
  });

  it('a process that ended and was not collected by its parent is ended', async () => {
    // The shell becomes a sleep, which never asks for the child that the shell had started.
    const parent = start('sh', ['-c', 'sleep 0.05 & exec sleep 60']);
    const pid = parent.pid ?? 0;
    const child = await eventually(() => {
      const children = readFileSync(`/proc/${pid.toString()}/task/${pid.toString()}/children`, 'utf8').trim();
      return children === '' ? false : Number(children);
    });
    await eventually(() => statFields(child)[0] === 'Z');
    expect(table.stateOf(identityOf(child))).toEqual({ kind: 'gone', how: 'ended' });
  });

  it.each<readonly [string, Partial<ProcessIdentity>, object]>([
    ['another start', { startTicks: (self.startTicks ?? 0) + 1 }, { kind: 'gone', how: 'pid-reused' }],
    ['no start recorded', { startTicks: null }, { kind: 'unknown', why: 'not-permitted' }],
    ['another machine', { host: 'elsewhere/0123' }, { kind: 'unknown', why: 'other-host' }],
    // Without a machine id, two hosts of one name cannot be told from one that was restarted.
    [
      'another boot',
      { bootId: 'another' },
      self.host.includes('/') ? { kind: 'gone', how: 'rebooted' } : { kind: 'unknown', why: 'other-host' },
    ],
    ['no boot recorded', { bootId: null }, { kind: 'unknown', why: 'other-host' }],
    ['another namespace', { pidNamespace: 'pid:[1]' }, { kind: 'unknown', why: 'other-namespace' }],
  ])('%s', (_what, other, state) => {
    expect(table.stateOf({ ...self, ...other })).toEqual(state);
  });
});

describe.skipIf(process.platform !== 'linux')('what can be said of a process of which only the pid was written', () => {
  const MINUTE_MS = 60_000;
  const inInitial = self.pidNamespace === 'pid:[4026531836]';
  // A namespace that is not the first one is taken for it where the tests run inside of one.
  const pids = createProcessTable(self.pidNamespace ?? undefined);

  it('alive, when it started before the claim', () => {
    expect(pids.stateOfPid(start('sleep', ['60']).pid ?? 0, Date.now() + 2_000)).toEqual({ kind: 'alive' });
  });

  it('nothing, when it started a little after the claim, by clocks that may have been wrong', () => {
    const { pid = 0 } = start('sleep', ['60']);
    expect(pids.stateOfPid(pid, Date.now() - 9 * MINUTE_MS)).toEqual({ kind: 'unknown', why: 'started-about-then' });
  });

  it('gone, when it started long after the claim', () => {
    const { pid = 0 } = start('sleep', ['60']);
    const bootMs = Date.now() - uptime() * 1_000;
    // On a machine that was just started, the claim is older than the machine.
    const claimedAtMs = Math.max(Date.now() - 12 * MINUTE_MS, bootMs);
    const isYoung = claimedAtMs > Date.now() - 11 * MINUTE_MS;
    const state = isYoung ? { kind: 'unknown', why: 'started-about-then' } : { kind: 'gone', how: 'pid-reused' };
    expect(pids.stateOfPid(pid, claimedAtMs)).toEqual(state);
  });

  it('gone, when the machine was started long after the claim', () => {
    const claimedAtMs = Date.now() - uptime() * 1_000 - 11 * MINUTE_MS;
    expect(pids.stateOfPid(process.pid, claimedAtMs)).toEqual({ kind: 'gone', how: 'rebooted' });
  });

  it('gone, when it ended', async () => {
    const child = start('true', []);
    await new Promise((resolve) => child.once('exit', resolve));
    expect(pids.stateOfPid(child.pid ?? 0, Date.now())).toEqual({ kind: 'gone', how: 'ended' });
  });

  it('nothing, when this user may not look', () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw systemError('EPERM');
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect(pids.stateOfPid(1, Date.now())).toEqual({ kind: 'unknown', why: 'not-permitted' });
  });

  it('nothing, inside of a namespace: its number may be one of outside', () => {
    const inside = createProcessTable('pid:[1]');
    expect(inside.stateOfPid(process.pid, Date.now())).toEqual({ kind: 'unknown', why: 'other-namespace' });
  });

  it.skipIf(!inInitial || !mayUnshare())(
    'nothing, when a process inside of another namespace has that number',
    async () => {
      const free = freePid();
      const inner = start('unshare', [
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'sh',
        '-c',
        `echo ${(free - 1).toString()} > /proc/sys/kernel/ns_last_pid; sleep 60 & wait`,
      ]);
      await eventually(() => pids.stateOfPid(free, Date.now()).kind === 'unknown');
      expect(pids.stateOfPid(free, Date.now())).toEqual({ kind: 'unknown', why: 'other-namespace' });
      expect(inner.exitCode).toBeNull();
    },
  );
});

describe.skipIf(!mayUnshare())('a number that was given to another process', () => {
  it('is found out in a fresh namespace, where the same number comes again', async () => {
    const program = await workerProgram(join(import.meta.dirname, 'recycled-pid.worker.ts'));
    const args = ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, program];
    const run = spawnSync('unshare', args, { encoding: 'utf8', timeout: 20_000 });
    expect(run.stderr).toBe('');
    // A machine that was started less than half an hour ago had no such claim.
    const isYoung = uptime() < 41 * 60;
    expect(JSON.parse(run.stdout)).toEqual({
      isRecycled: true,
      alive: { kind: 'alive' },
      gone: { kind: 'gone', how: 'ended' },
      recycled: { kind: 'gone', how: 'pid-reused' },
      ofAnOldClaim: { kind: 'gone', how: isYoung ? (expect.any(String) as string) : 'pid-reused' },
      ofAClaimJustNow: { kind: 'unknown', why: 'started-about-then' },
      unlessItIsTheFirstNamespace: { kind: 'unknown', why: 'other-namespace' },
    });
  });
});

describe.skipIf(process.platform !== 'linux')('who is at a folder', () => {
  async function near(folder: string, pid: number | undefined): Promise<string> {
    return eventually(() => table.near(folder).find((process) => process.pid === pid)?.how);
  }

  it('a process that works there, or below it', async () => {
    const folder = tempFolder();
    const below = join(folder, 'ledger');
    mkdirSync(below);
    expect(await near(folder, start('sleep', ['60'], folder).pid)).toBe('working directory');
    expect(await near(folder, start('sleep', ['60'], below).pid)).toBe('working directory');
  });

  it.each<readonly [string, (folder: string) => { args: readonly string[]; cwd?: string }]>([
    ['by its path', (folder) => ({ args: [folder] })],
    ['by a path below it', (folder) => ({ args: [join(folder, 'ledger', '..')] })],
    ['in an option', (folder) => ({ args: [`--dir=${folder}`] })],
    ['relative to where it works', (folder) => ({ args: [basename(folder)], cwd: dirname(folder) })],
  ])('a process that names it %s', async (_how, command) => {
    const folder = tempFolder();
    const { args, cwd } = command(folder);
    const child = start(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', '--', ...args], cwd);
    expect(await near(folder, child.pid)).toBe('command line');
  });

  it('nobody else: not this process, nor one at a folder whose name only begins alike', async () => {
    const folder = tempFolder();
    const alike = `${folder}-2`;
    const child = start(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', '--', alike]);
    await near(alike, child.pid);
    expect(table.near(folder)).toEqual([]);
    expect(table.near(process.cwd()).map(({ pid }) => pid)).not.toContain(process.pid);
  });
});

describe.skipIf(process.platform !== 'linux')('processes of which it cannot be seen where they work', () => {
  it('are those whose folder the system keeps to itself', () => {
    const child = start('sleep', ['60']);
    const shut = `/proc/${(child.pid ?? 0).toString()}/cwd`;
    onCall('readlinkSync', ([link], go) => {
      if (link === shut) throw systemError('EACCES');
      return go();
    });
    expect(table.hidden?.()).toContainEqual({ pid: child.pid, argv: ['sleep', '60'] });
    expect(table.hidden?.()).not.toContainEqual(expect.objectContaining({ pid: process.pid }));
  });

  it('are not known where the system shows everybody only his own, or none', () => {
    let shown: readonly string[] = [process.pid.toString(), 'cpuinfo'];
    onCall('readdirSync', ([folder], go) => (folder === '/proc' ? shown : go()));
    expect(table.hidden?.()).toBeNull();
    shown = [];
    expect(table.hidden?.()).toBeNull();
  });
});
