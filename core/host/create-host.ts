import type { Host } from './host';
import { createKernelLocks } from './kernel-locks-reader';
import { createProcessTable } from './process-table';

/** This machine: its clock, its process table and the locks of its kernel, and what is lent to it. */
export function createHost(lent: Pick<Host, 'readingThread' | 'databaseProcess' | 'memos'> = {}): Host {
  const processes = createProcessTable();
  return {
    clock: { nowMs: () => Date.now() },
    processes,
    ...(process.platform === 'linux' ? { kernelLocks: createKernelLocks(processes.self()) } : {}),
    ...lent,
  };
}
