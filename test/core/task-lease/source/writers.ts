import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { builtProgram } from '../../../helpers/built-program';
import type { How, Written } from './writer.worker';

const PROGRAM = 'test/core/task-lease/source/writer.worker.ts';

/** Programs that write one database as fast as they can. */
export interface Writers {
  /** What each did so far. */
  report(): Promise<readonly Written[]>;
  end(): Promise<void>;
}

/** Starts `count` writers, one for each of the tasks `T-1` to `T-count`, and waits until each has written. */
export async function startWriters(database: string, count: number, how: How): Promise<Writers> {
  const program = await builtProgram(PROGRAM);
  const each = Array.from({ length: count }, (_, at) =>
    startWriter(program, database, `T-${(at + 1).toString()}`, how),
  );
  const writers: Writers = {
    report: () => Promise.all(each.map((writer) => writer.report())),
    end: async () => {
      await Promise.all(each.map((writer) => writer.end()));
    },
  };
  while ((await writers.report()).some(({ writes }) => writes < 20)) await new Promise((go) => setTimeout(go, 10));
  return writers;
}

interface Writer {
  report(): Promise<Written>;
  end(): Promise<void>;
}

function startWriter(program: string, database: string, task: string, how: How): Writer {
  const child: ChildProcess = spawn(process.execPath, [program, database, task, how], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: path.dirname(program),
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('It has no pipes.');
  const waiting: ((written: Written) => void)[] = [];
  createInterface(stdout).on('line', (line) => waiting.shift()?.(JSON.parse(line) as Written));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A writer ended with ${String(code)}.`))));
  });
  ended.catch(() => undefined);
  return {
    report: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        stdin.write('\n');
      }),
    end: () => {
      stdin.end();
      return ended;
    },
  };
}
