import { dirname, join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { MEMO_DEFAULTS } from '../../core/host/memos';
import { ledgerProtocol } from '../../core/ledger';
import type { Source } from '../../core/port';
import { readingThreadProgram } from '../../service/thread-program';
import type { Figures } from '../sample';
import { watchTasks } from './watch-tasks';

/** As a program that was started anew, with what the one before has kept. */
function openKept(proof: string): Source {
  const memos = { folder: join(dirname(proof), 'memos'), program: 'bench', ...MEMO_DEFAULTS };
  return ledgerProtocol.open(proof, createHost({ readingThread: readingThreadProgram(), memos }));
}

async function read(source: Source, count: number): Promise<Figures> {
  const longest = watchTasks();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const reading = await source.read({ signal: new AbortController().signal });
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const longestTaskMs = longest();
  if (reading.head !== count) throw new Error(`It read up to #${String(reading.head)} instead of #${count}.`);
  return { ms, cpuMs: (user + system) / 1000, longestTaskMs };
}

/** A first reading that is kept when it is closed; how long keeping took, and its longest task. */
export async function keepReading(proof: string, count: number): Promise<Figures> {
  const source = openKept(proof);
  await read(source, count);
  const longest = watchTasks();
  const startedMs = performance.now();
  await source.keep?.();
  const figures = { ms: performance.now() - startedMs, longestTaskMs: longest() };
  source.close();
  return figures;
}

/** The first reading of a source that was kept before. */
export function reopen(proof: string, count: number): Promise<Figures> {
  return read(openKept(proof), count);
}
