import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { workerProgram } from '../../helpers/worker-program';

/** A real program that takes a lock. It is ended with its test, by its id. */
export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with the next line that it prints; rejects when it ends without one. */
  line(): Promise<string>;
  /** Lets it end by itself: its input ends. Resolves when it has ended. */
  finish(): Promise<void>;
  kill(): Promise<void>;
}

export function startProgram(command: string, args: readonly string[]): Program {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  let text = '';
  const lines: string[] = [];
  const wanted: ((line: string) => void)[] = [];
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (part: string) => {
    text += part;
    const parts = text.split('\n');
    text = parts.pop() ?? '';
    for (const line of parts) {
      const want = wanted.shift();
      if (want === undefined) lines.push(line);
      else want(line);
    }
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    child.stdin.destroy();
    await kill();
  });
  return {
    pid: child.pid ?? 0,
    child,
    line: () =>
      new Promise((resolve, reject) => {
        const line = lines.shift();
        if (line !== undefined) {
          resolve(line);
          return;
        }
        wanted.push(resolve);
        void ended.then(() => {
          reject(new Error(`${command} ended without a word`));
        });
      }),
    finish: async () => {
      child.stdin.end();
      await ended;
    },
    kill,
  };
}

/** Programs that lock `.todo2/state.todo2.json.lock` of a project; each prints `held` once it has it, and holds on until its input ends. */
export const TAKERS = ['flock(1)', 'python lockf', 'ours fcntl', 'ours flock'] as const;
export type Taker = (typeof TAKERS)[number];

export const KIND: Record<Taker, 'FLOCK' | 'POSIX' | 'OFDLCK'> = {
  'flock(1)': 'FLOCK',
  'python lockf': 'POSIX',
  'ours fcntl': 'OFDLCK',
  'ours flock': 'FLOCK',
};

/** Whether the two keep each other out. */
export function exclude(a: Taker, b: Taker): boolean {
  return (KIND[a] === 'FLOCK') === (KIND[b] === 'FLOCK');
}

export async function startTaker(taker: Taker, project: string): Promise<Program> {
  const file = lockFile(project);
  switch (taker) {
    case 'flock(1)':
      return startProgram('flock', [file, 'sh', '-c', 'echo held; cat']);
    case 'python lockf':
      return startPython(HOLD, [file]);
    case 'ours fcntl':
    case 'ours flock': {
      const program = await workerProgram(path.join(import.meta.dirname, 'hold.worker.ts'));
      return startProgram(process.execPath, [program, project, taker === 'ours fcntl' ? 'fcntl' : 'flock']);
    }
  }
}

const HOLD = `
import fcntl, sys
f = open(sys.argv[1], 'a+')
fcntl.lockf(f, fcntl.LOCK_EX)
print('held', flush=True)
sys.stdin.read()
`;

/** A few lines of Python as a program. */
export function startPython(script: string, args: readonly string[]): Program {
  return startProgram('python3', ['-c', script, ...args]);
}

/** An empty project, which is gone after the test. */
export function newProject(): string {
  const project = mkdtempSync(path.join(realpathSync(tmpdir()), 'project-'));
  mkdirSync(path.join(project, '.todo2', 'locks'), { recursive: true });
  onTestFinished(() => {
    rmSync(project, { recursive: true, force: true });
  });
  return project;
}

export function lockFile(project: string): string {
  return path.join(project, '.todo2', 'state.todo2.json.lock');
}

export function hasCommands(...names: readonly string[]): boolean {
  const folders = (process.env['PATH'] ?? '').split(':');
  return names.every((name) => folders.some((folder) => existsSync(path.join(folder, name))));
}
