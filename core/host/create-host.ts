import type { Host } from './host';
import { createProcessTable } from './process-table';

/** This machine: its clock and its process table, and what is lent to it. */
export function createHost(lent: Pick<Host, 'readingThread' | 'databaseProcess' | 'memos'> = {}): Host {
  return { clock: { nowMs: () => Date.now() }, processes: createProcessTable(), ...lent };
}
