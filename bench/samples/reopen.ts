import { dirname, join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { MEMO_DEFAULTS } from '../../core/host/memos';
import { ledgerProtocol } from '../../core/ledger';
import type { Source } from '../../core/port';
import { readingThreadProgram } from '../../service/thread-program';
import type { Figures } from '../sample';
import { timedReading } from './timed-reading';
import { watchTasks } from './watch-tasks';

/** As a program that was started anew, with what the one before has kept. */
function openKept(proof: string): Source {
  const memos = { folder: join(dirname(proof), 'memos'), program: 'bench', ...MEMO_DEFAULTS };
  return ledgerProtocol.open(proof, createHost({ readingThread: readingThreadProgram(), memos }));
}

/** A first reading that is kept when it is closed; how long keeping took, and its longest task. */
export async function keepReading(proof: string, count: number): Promise<Figures> {
  const source = openKept(proof);
  await timedReading(source, count);
  const longest = watchTasks();
  const startedMs = performance.now();
  await source.keep?.();
  const figures = { ms: performance.now() - startedMs, longestTaskMs: longest() };
  source.close();
  return figures;
}

/** The first reading of a source that was kept before. */
export function reopen(proof: string, count: number): Promise<Figures> {
  return timedReading(openKept(proof), count);
}
