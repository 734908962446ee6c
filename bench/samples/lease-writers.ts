import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { createHost } from '../../core/host/create-host';
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
const PAIRS = 9;
const WINDOW_MS = 1_000;
const AGAIN_MS = 100;
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
    .on('line', () => console.log(JSON.stringify([writes, busy])))
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

interface Writers {
  /** Writes, and writes that were given up as busy, so far. */
  readonly count: () => Promise<readonly [number, number]>;
  readonly end: () => void;
}

function startWriters(database: string): Writers {
  const each = TASKS.slice(0, WRITERS).map(
    (_, which): { child: ChildProcessByStdio<Writable, Readable, null>; ask: () => Promise<[number, number]> } => {
      const args = [process.argv[1] ?? '', 'write-leases', database, which.toString()];
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      const waiting: ((counts: [number, number]) => void)[] = [];
      createInterface(child.stdout).on('line', (line) => waiting.shift()?.(JSON.parse(line) as [number, number]));
      const ask = (): Promise<[number, number]> =>
        new Promise((resolve) => {
          waiting.push(resolve);
          child.stdin.write('\n');
        });
      return { child, ask };
    },
  );
  return {
    count: async () => {
      const counts = await Promise.all(each.map(({ ask }) => ask()));
      return [counts.reduce((sum, [writes]) => sum + writes, 0), counts.reduce((sum, [, busy]) => sum + busy, 0)];
    },
    end: () => {
      for (const { child } of each) child.stdin.end();
    },
  };
}

function inspector(folder: string): Inspector {
  return createInspector({
    host: createHost({ databaseProcess: databaseProcessProgram() }),
    protocols: [taskLeaseProtocol],
    program: 'bench',
    readOnly: true,
    dataFolder: join(folder, 'data'),
    watch: true,
  });
}

/** What 8 writers write in a second, beside an inspector that reads ten times a second and without one, in turns. */
export async function leaseWriters(folder: string): Promise<Figures> {
  const { database } = project(folder);
  const writers = startWriters(database);
  await pause(1_000);
  const window = async (): Promise<number> => {
    const [before] = await writers.count();
    const startedMs = performance.now();
    await pause(WINDOW_MS);
    const [after] = await writers.count();
    return ((after - before) * 1_000) / (performance.now() - startedMs);
  };
  const alone: number[] = [];
  const beside: number[] = [];
  let busyBeside = 0;
  let busyAlone = 0;
  const measureAlone = async (): Promise<void> => {
    const [, before] = await writers.count();
    alone.push(await window());
    busyAlone += (await writers.count())[1] - before;
  };
  const measureBeside = async (): Promise<void> => {
    const reads = inspector(folder);
    const outcome = await reads.open(folder);
    await reads.settled();
    const id = outcome.kind === 'opened' ? outcome.sourceIds[0] : undefined;
    const again = setInterval(() => void reads.reread(id ?? ''), AGAIN_MS);
    const [, before] = await writers.count();
    beside.push(await window());
    busyBeside += (await writers.count())[1] - before;
    clearInterval(again);
    await reads.dispose();
  };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const order = [measureAlone, measureBeside];
    for (const measure of pair % 2 === 0 ? order : order.reverse()) await measure();
  }
  writers.end();
  return {
    alone: median(alone),
    beside: median(beside),
    rate: median(beside.map((rate, pair) => rate / (alone[pair] ?? Number.NaN))),
    busyAlone,
    busyBeside,
  };
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
