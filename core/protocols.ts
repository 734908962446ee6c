import { fileLockProtocol } from './file-lock';
import { ledgerProtocol } from './ledger';
import type { ProtocolPort } from './port';
// Not through its index: what agents use of it loads SQLite, which no thread of an inspector does.
import { taskLeaseProtocol } from './task-lease/port';

/** Every protocol that Lockscope understands: a new one is one folder and one line here. */
export const PROTOCOLS: readonly ProtocolPort[] = [ledgerProtocol, taskLeaseProtocol, fileLockProtocol];
