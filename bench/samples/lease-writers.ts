import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { createHost } from '../../core/host/create-host';
import type { ProtocolPort } from '../../core/port';
import { openTaskLeases } from '../../core/task-lease';
import { taskLeaseProtocol } from '../../core/task-lease/port';
import { createInspector, type Inspector } from '../../inspector';
import { databaseProcessProgram } from '../../service/thread-program';
import { median } from '../median';
import type { Figures } from '../sample';

const DATABASE = join(process.cwd(), 'test', 'fixtures', 'todo2', 'leases', '.todo2', 'todo2.db');
const WRITERS = 8;
/** The recording has so many tasks that are free for them. */
const TASKS = ['T-1000', 'T-1001', 'T-1002', 'T-1003', 'T-1004', 'T-1005', 'T-1006', 'T-1007'];
const LEASE_MS = 1_800_000;
const PAIRS = 21;
const WINDOW_MS = 500;
const CHANGES = 60;

function project(folder: string): { readonly folder: string; readonly database: string } {
  const todo = join(folder, '.todo2');
  mkdirSync(todo);
  const database = join(todo, 'todo2.db');
  copyFileSync(DATABASE, database);
  chmodSync(database, 0o644);
  return { folder, database };
}

/** A program that claims and releases a task as fast as it can, and prints how often it did on each line of its input. */
export async function writeLeases(database: string, which: number): Promise<void> {
  const leases = openTaskLeases(database, { clock: { nowMs: () => Date.now() } });
  const agent = `general-bench-${process.pid.toString()}`;
  const task = TASKS[which] ?? '';
  let writes = 0;
  let busy = 0;
  const input = { isOver: false };
  const count = (result: { readonly kind: string }): void => {
    if (result.kind === 'busy') busy += 1;
    else writes += 1;
  };
  createInterface(process.stdin)
    .on('line', () => console.log(JSON.stringify({ writes, busy, cpuMs: cpuMs(process.cpuUsage()) } satisfies Done)))
    .on('close', () => {
      input.isOver = true;
    });
  while (!input.isOver) {
    const untilMs = performance.now() + 5;
    while (performance.now() < untilMs) {
      count(await leases.claimTaskForAgent(task, agent, LEASE_MS));
      count(await leases.releaseTask(task, agent));
    }
    await pause(0);
  }
  leases.close();
}

/** What writers did so far: writes, those that were given up as busy, and time of the processor. */
interface Done {
  readonly writes: number;
  readonly busy: number;
  readonly cpuMs: number;
}

function cpuMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}

/** Time of the processor that this process took, with those that it started to open databases, where the system tells. */
function readersCpuMs(): number {
  let ticks = 0;
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^[0-9]+$/.test(name) || !isReader(name)) continue;
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      if (Number(fields[1]) === process.pid) ticks += Number(fields[11]) + Number(fields[12]);
    }
  } catch {
    // There is no such list, or it ended.
  }
  return ticks * 10 + cpuMs(process.cpuUsage());
}

function isReader(pid: string): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('database-process');
}

interface Writers {
  readonly count: () => Promise<Done>;
  readonly end: () => void;
}

function startWriters(database: string): Writers {
  const each = TASKS.slice(0, WRITERS).map((_, which) => {
    const args = [process.argv[1] ?? '', 'write-leases', database, which.toString()];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const waiting: ((done: Done) => void)[] = [];
    createInterface(child.stdout).on('line', (line) => waiting.shift()?.(JSON.parse(line) as Done));
    const ask = (): Promise<Done> =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write('\n');
      });
    return { child, ask };
  });
  return {
    count: async () => {
      const done = await Promise.all(each.map(({ ask }) => ask()));
      const sum = (of: (one: Done) => number): number => done.reduce((all, one) => all + of(one), 0);
      return { writes: sum((one) => one.writes), busy: sum((one) => one.busy), cpuMs: sum((one) => one.cpuMs) };
    },
    end: () => {
      for (const { child } of each) child.stdin.end();
    },
  };
}

let readings = 0;

/** As it is, and counts how often it reads. */
const COUNTED: ProtocolPort = {
  ...taskLeaseProtocol,
  open: (folder, host) => {
    const source = taskLeaseProtocol.open(folder, host);
    const read = source.read.bind(source);
    source.read = (options) => {
      readings += 1;
      return read(options);
    };
    return source;
  },
};

/** It reads at every change, as often as it ever does. */
function inspector(folder: string): Inspector {
  return createInspector({
    host: createHost({ databaseProcess: databaseProcessProgram() }),
    protocols: [COUNTED],
    program: 'bench',
    readOnly: true,
    dataFolder: join(folder, 'data'),
    watch: true,
  });
}

/** What 8 writers write in a second, beside an inspector and without one, in turns. */
export async function leaseWriters(folder: string): Promise<Figures> {
  const { database } = project(folder);
  const writers = startWriters(database);
  await pause(1_000);
  const window = async (): Promise<Window> => {
    const before = await writers.count();
    const readersBefore = readersCpuMs();
    const startedMs = performance.now();
    await pause(WINDOW_MS);
    const after = await writers.count();
    const seconds = (performance.now() - startedMs) / 1_000;
    const writes = after.writes - before.writes;
    return {
      rate: writes / seconds,
      cpuRate: writes / (after.cpuMs - before.cpuMs),
      readersCpuMs: (readersCpuMs() - readersBefore) / seconds,
      busy: after.busy - before.busy,
    };
  };
  const alone: Window[] = [];
  const beside: Window[] = [];
  const readingsASecond: number[] = [];
  const measureAlone = async (): Promise<void> => {
    alone.push(await window());
  };
  const measureBeside = async (): Promise<void> => {
    const reads = inspector(folder);
    await reads.open(folder);
    await reads.settled();
    const before = readings;
    const startedMs = performance.now();
    beside.push(await window());
    readingsASecond.push(((readings - before) * 1_000) / (performance.now() - startedMs));
    await reads.dispose();
  };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const order = [measureAlone, measureBeside];
    for (const measure of pair % 2 === 0 ? order : order.reverse()) await measure();
  }
  writers.end();
  const ratio = (of: (window: Window) => number): number =>
    median(beside.map((window, pair) => of(window) / of(alone[pair] ?? window)));
  const sumOfBusy = (windows: readonly Window[]): number => windows.reduce((sum, { busy }) => sum + busy, 0);
  return {
    alone: median(alone.map(({ rate }) => rate)),
    beside: median(beside.map(({ rate }) => rate)),
    rate: ratio(({ rate }) => rate),
    cpuRate: ratio(({ cpuRate }) => cpuRate),
    readersCpuMs: median(beside.map((window) => window.readersCpuMs)),
    readings: median(readingsASecond),
    busyAlone: sumOfBusy(alone),
    busyBeside: sumOfBusy(beside),
  };
}

interface Window {
  /** Writes in a second. */
  readonly rate: number;
  /** Writes in a ms of the writers' processor. */
  readonly cpuRate: number;
  /** Time of the processor that reading took, in a second. */
  readonly readersCpuMs: number;
  readonly busy: number;
}

/** From a write that is committed to the change that an inspector sends a window. */
export async function leaseNotice(folder: string): Promise<Figures> {
  const { database } = project(folder);
  const reads = inspector(folder);
  await reads.open(folder);
  await reads.settled();
  const leases = openTaskLeases(database, { clock: { nowMs: () => Date.now() } });
  const waits: number[] = [];
  for (let turn = 0; turn < CHANGES; turn += 1) {
    await pause(150 + Math.random() * 50);
    const agent = `bench-${turn.toString()}`;
    const seen = new Promise<number>((resolve) => {
      const stop = reads.onChanges(() => {
        if (!reads.snapshot().claims.some(({ holder }) => holder === agent)) return;
        stop();
        resolve(performance.now());
      });
    });
    await leases.claimTaskForAgent('T-1006', agent, LEASE_MS);
    const writtenMs = performance.now();
    waits.push((await seen) - writtenMs);
    await leases.releaseTask('T-1006', agent);
  }
  leases.close();
  await reads.dispose();
  waits.sort((a, b) => a - b);
  return { p50: median(waits), p95: waits[Math.floor(CHANGES * 0.95)] ?? Number.NaN };
}
