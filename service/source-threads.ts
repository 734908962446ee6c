import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PROTOCOLS } from '../core/protocols';
import { type RemoteProtocols, remoteProtocols } from '../inspector/threads';
import { memoOptions } from './memo-options';
import type { LentHost } from './source-thread';
import { databaseProcessProgram, readingThreadProgram, sourceThreadProgram } from './thread-program';

/**
 * All protocols, on threads of their own: nothing of a source, watched or not, is found, opened, read or written on the
 * thread that calls. `end` them when the inspector that uses them is disposed. What is kept of sources goes into `dataFolder`.
 */
export function startSourceThreads(dataFolder: string): RemoteProtocols {
  // Their host is made over there, of what is lent to it here.
  const workerData: LentHost = {
    readingThread: readingThreadProgram(),
    databaseProcess: databaseProcessProgram(),
    memos: memoOptions(dataFolder),
  };
  return remoteProtocols(PROTOCOLS, { start: () => startThread(workerData) });
}

function startThread(workerData: LentHost): Worker {
  const program = sourceThreadProgram();
  if (program !== undefined) return new Worker(program, { execArgv: [], workerData });
  // From the sources: through what runs them in a test.
  const require = createRequire(import.meta.url);
  const files = [require.resolve('tsx/cjs'), fileURLToPath(new URL('source-thread.ts', import.meta.url))];
  return new Worker(files.map((file) => `require(${JSON.stringify(file)});`).join(''), { eval: true, workerData });
}
