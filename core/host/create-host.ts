import type { Host } from './host';
import { createProcessTable } from './process-table';

/** This machine: its clock and its process table. */
export function createHost(): Host {
  return { clock: { nowMs: () => Date.now() }, processes: createProcessTable() };
}
