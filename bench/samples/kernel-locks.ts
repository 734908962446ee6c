import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { taskLock } from '../../core/file-lock';
import { createHost } from '../../core/host/create-host';
import { median } from '../median';
import type { Figures } from '../sample';

const HOLDERS = 10;
const ROUNDS = 15;
const QUIET_ROUNDS = 200;
const STEADY_ROUNDS = 40;
const LOOK_EVERY_MS = 100;

/** Holds `count` locks of tasks in a project until its parent lets go of it. Ends with the process. */
export async function holdLocks(project: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const made = taskLock(project, `${process.pid.toString()}-${n.toString()}`, { kind: 'flock' });
    if (made.kind === 'refused' || made.lock.tryLock().kind !== 'locked') throw new Error('not locked');
  }
  process.send?.('held');
  await new Promise((resolve) => process.once('disconnect', resolve));
}

/**
 * Reading and joining the locks of a folder, `count` of them, held by ten processes: a first look, at all processes of
 * the machine; a fresh one at them all once more; an ordinary one while these locks are held and nothing changes, each
 * look and, as a watch has them, with the looks at all processes that fall due; one at a folder without locks; and a bare loop that reads the same files of `/proc`, makes texts of
 * them, and nothing else. Times in ms.
 */
export async function measureKernelLocks(folder: string, count: number): Promise<Figures> {
  const project = join(folder, 'project');
  mkdirSync(join(project, '.todo2'), { recursive: true });
  const children: ChildProcess[] = [];
  try {
    for (let n = 0; n < HOLDERS; n += 1) {
      const child = fork(process.argv[1] ?? '', ['hold-locks', project, (count / HOLDERS).toString()]);
      children.push(child);
      await new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', () => {
          reject(new Error('a holder ended'));
        });
      });
    }
    return measure(project, count);
  } finally {
    for (const child of children) child.disconnect();
  }
}

function measure(project: string, count: number): Figures {
  const first: number[] = [];
  const floor: number[] = [];
  const again: number[] = [];
  const cpu: number[] = [];
  const floorCpu: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const beforeFloor = process.cpuUsage();
    floor.push(timed(bareRead));
    floorCpu.push(cpuMsSince(beforeFloor));
    const locks = createHost().kernelLocks?.follow([{ path: project }]);
    if (locks === undefined) throw new Error('This system lists no locks.');
    let seen = 0;
    const before = process.cpuUsage();
    first.push(
      timed(() => {
        seen = locks.look({ fresh: true }).locks.length;
      }),
    );
    cpu.push(cpuMsSince(before));
    if (seen !== count) throw new Error(`${seen.toString()} of ${count.toString()} locks were seen.`);
    again.push(timed(() => locks.look({ fresh: true })));
    locks.close();
  }
  const { steady, steadyShare } = measureSteady(project, count);
  const quiet: number[] = [];
  const watched = createHost().kernelLocks?.follow([{ path: join(project, 'nothing') }]);
  watched?.look();
  for (let round = 0; round < QUIET_ROUNDS; round += 1) quiet.push(timed(() => watched?.look()));
  watched?.close();
  const ratio = median(first.map((ms, round) => ms / (floor[round] ?? Number.NaN)));
  return {
    first: median(first),
    again: median(again),
    steady,
    steadyShare,
    quiet: median(quiet),
    floor: median(floor),
    ratio,
    cpu: median(cpu),
    floorCpu: median(floorCpu),
  };
}

/** Looks every 100 ms at locks that are held all the time: the usual look, and the share of one processor that all take. */
function measureSteady(project: string, count: number): { readonly steady: number; readonly steadyShare: number } {
  const locks = createHost().kernelLocks?.follow([{ path: project }]);
  if (locks === undefined) throw new Error('This system lists no locks.');
  if (locks.look({ fresh: true }).locks.length !== count) throw new Error('Not all locks were seen.');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const looks: number[] = [];
  const before = process.cpuUsage();
  const startedMs = performance.now();
  for (let round = 0; round < STEADY_ROUNDS; round += 1) {
    looks.push(timed(() => locks.look()));
    Atomics.wait(pause, 0, 0, LOOK_EVERY_MS);
  }
  const steadyShare = cpuMsSince(before) / (performance.now() - startedMs);
  locks.close();
  return { steady: median(looks), steadyShare };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function timed(task: () => unknown): number {
  const startedMs = performance.now();
  task();
  return performance.now() - startedMs;
}

/** Reads the list, and of each process where its descriptors lead and what is told of them. */
function bareRead(): void {
  readFileSync('/proc/locks', 'latin1');
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
        if (link.endsWith('.lock')) readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
      }
    } catch {
      // It ended.
    }
  }
}
