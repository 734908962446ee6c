import path from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { ledgerProtocol } from '../../core/ledger';
import type { ProtocolPort } from '../../core/port';
import { type RemoteProtocols, remoteProtocols } from '../../inspector/threads';
import { claimFolderProtocol } from './claim-folder';
import { scriptedProtocol } from './scripted-folder';
import { workerProgram } from './worker-program';

/** The program of a thread with the protocols of the tests. Absolute. */
export const threadProgram = await workerProgram(
  path.resolve(import.meta.dirname, '../inspector/threads/serve.worker.ts'),
);

/** Threads of one test, and their protocols. */
export interface Threads extends RemoteProtocols {
  readonly ledger: ProtocolPort;
  readonly claimFolder: ProtocolPort;
  readonly scripted: ProtocolPort;
  /** In the order in which they were started. */
  readonly started: readonly Worker[];
}

/** Real threads that end with their test. */
export function startThreads(options: WorkerOptions = {}): Threads {
  const started: Worker[] = [];
  const remote = remoteProtocols([ledgerProtocol, claimFolderProtocol(), scriptedProtocol], {
    start: () => {
      const worker = new Worker(threadProgram, options);
      started.push(worker);
      return worker;
    },
  });
  onTestFinished(() => remote.end());
  const [ledger, claimFolder, scripted] = remote.protocols;
  return { ...remote, started, ledger: ledger!, claimFolder: claimFolder!, scripted: scripted! };
}
