/** Protocols by name, where the window has words or a sign of its own for them. Any other shows by its own name. */
export const FILE_LOCK = 'file-lock';
export const TASK_LEASE = 'task-lease';
export const LEDGER = 'ledger';

const NAMES: ReadonlyMap<string, string> = new Map([
  [LEDGER, 'ledger'],
  [TASK_LEASE, 'tasks'],
  [FILE_LOCK, 'kernel locks'],
]);

/** What a source of this protocol is, in a word or two. Hostile text where the protocol is not known. */
export function protocolWord(protocol: string): string {
  return NAMES.get(protocol) ?? protocol;
}

const UNITS: ReadonlyMap<string, string> = new Map([
  [LEDGER, 'events'],
  [TASK_LEASE, 'tasks'],
  [FILE_LOCK, 'locks'],
]);

/** What a reading of such a source counts. */
export function unitWord(protocol: string): string {
  return UNITS.get(protocol) ?? 'records';
}
