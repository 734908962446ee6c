import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { builtProgram } from '../../helpers/built-program';

const CHECKOUT = path.resolve(import.meta.dirname, '..', '..', '..');

/** A place that only programs see which are started with `inside` before their command line: it lies in a mount namespace of its own. */
export interface Disk {
  readonly inside: readonly string[];
  /** The kernel takes the place away, and lets go of whoever still waits for it. Safe to call twice. */
  stop(): Promise<void>;
}

export interface SlowDisk extends Disk {
  /** Each question is answered after so many ms from now on; those that hang, at once. Resolves with the questions so far. */
  answersAfter(ms: number): Promise<number>;
  /** Nothing is answered any more. */
  hangs(): Promise<void>;
  /** How many questions were asked so far. */
  asked(): Promise<number>;
}

/** Shows `folder` at `place` (both absolute, both there), where each question to it takes its time. Linux, as root. */
export async function slowDisk(folder: string, place: string): Promise<SlowDisk> {
  const program = await builtProgram('test/e2e/stress/slow-disk-process.ts');
  const { child, next, ...disk } = await startIn([process.execPath, program, folder, place]);
  const tell = async (line: string): Promise<number> => {
    child.stdin.write(`${line}\n`);
    return Number(await next());
  };
  return {
    ...disk,
    answersAfter: (ms) => tell(ms.toString()),
    hangs: async () => {
      await tell('hang');
    },
    asked: () => tell('counts'),
  };
}

/** Makes `folder` (absolute) read-only, by the kernel. Linux, as root. */
export async function readOnlyDisk(folder: string): Promise<Disk> {
  const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && echo ready && exec cat';
  const { inside, stop } = await startIn(['sh', '-c', script, 'sh', folder]);
  return { inside, stop };
}

async function startIn(command: readonly string[]) {
  const child = spawn('unshare', ['--mount', '--propagation', 'private', ...command], {
    cwd: CHECKOUT,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  const ended = whenEnded(child);
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`There is no such disk: ${complaints}`);
    return line.value;
  };
  await next();
  const pid = child.pid ?? 0;
  return {
    child,
    next,
    inside: ['nsenter', `--mount=/proc/${pid.toString()}/ns/mnt`, `--wd=${CHECKOUT}`, '--'],
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function whenEnded(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
}
