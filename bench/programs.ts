import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figures } from './sample';

const run = promisify(execFile);
const SAMPLE_LIMIT_MS = 120_000;
const SAMPLE = join(__dirname, 'sample.cjs');
const SOURCE = join(process.cwd(), 'bench', 'read-all.c');

/** Reads the same files as a cold open, and nothing else: the floor. */
export interface FloorReader {
  readonly name: string;
  read(proof: string, count: number): Promise<{ readonly ms: number; readonly cpuMs: number }>;
}

/** Runs one sample in a process of its own. Rejects when it fails, takes too long, or `signal` ends it. */
export async function runSample(name: string, proof: string, count: number, signal: AbortSignal): Promise<Figures> {
  const { stdout } = await run(process.execPath, [SAMPLE, name, proof, count.toString()], {
    signal,
    timeout: SAMPLE_LIMIT_MS,
  });
  return JSON.parse(stdout) as Figures;
}

/** The floor in C where there is a compiler, else on Node. */
export async function compileReader(folder: string, signal: AbortSignal): Promise<FloorReader> {
  const program = join(folder, 'read-all');
  try {
    await run('cc', ['-O2', '-o', program, SOURCE], { signal });
  } catch {
    signal.throwIfAborted();
    return {
      name: 'bare Node loop',
      read: async (proof, count) => {
        const figures = await runSample('node-loop', proof, count, signal);
        return { ms: figures['ms'] ?? Number.NaN, cpuMs: figures['cpuMs'] ?? Number.NaN };
      },
    };
  }
  return {
    name: 'C loop',
    read: async (proof, count) => {
      const { stdout } = await run(program, [join(proof, 'ledger'), count.toString()], { signal });
      const [ms = Number.NaN, cpuMs = Number.NaN] = stdout.split(' ').map(Number);
      return { ms, cpuMs };
    },
  };
}
