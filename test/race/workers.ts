import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { workerProgram } from '../helpers/worker-program';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A real process of a test. It is ended with the test, by its id. */
export interface Worker {
  readonly pid: number;
  /** Gives it a task and waits for the answer. Rejects when the process ends without one. */
  ask<T>(task: object): Promise<T>;
  /** Waits for its end. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly child: ChildProcess;
}

/** Starts `file` of this folder as a process of its own. Resolves when it says that it is ready. */
export async function startWorker(
  file: string,
  args: readonly string[] = [],
  execPath = process.execPath,
): Promise<Worker> {
  const program = await workerProgram(path.join(import.meta.dirname, file));
  const child = fork(program, args, { cwd: ROOT, execArgv: [], execPath });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const worker: Worker = {
    pid: child.pid ?? 0,
    child,
    ended,
    ask: (task) => {
      const answer = nextMessage(child, ended);
      child.send(task);
      return answer as Promise<never>;
    },
  };
  await nextMessage(child, ended);
  return worker;
}

function nextMessage(child: ChildProcess, ended: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      resolve(message);
    };
    child.once('message', onMessage);
    void ended.then(() => {
      child.off('message', onMessage);
      reject(new Error(`process ${String(child.pid)} ended without an answer`));
    });
  });
}
