import { fork } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** How a process ended that may kill itself on its way. */
export interface Ending<T> {
  readonly pid: number;
  readonly isKilled: boolean;
  /** What it said when it survived. */
  readonly answer: T | null;
}

/** Runs a program (absolute path) to its end, but no longer than `limitMs`. */
export function runToItsEnd<T>(program: string, args: readonly string[], limitMs: number): Promise<Ending<T>> {
  const child = fork(program, args, { cwd: ROOT, execArgv: [] });
  const timer = setTimeout(() => child.kill('SIGTERM'), limitMs);
  let answer: T | null = null;
  child.once('message', (message) => {
    answer = message as T;
  });
  return new Promise((resolve) => {
    child.once('exit', (_code, signal) => {
      clearTimeout(timer);
      resolve({ pid: child.pid ?? 0, isKilled: signal === 'SIGKILL', answer });
    });
  });
}
