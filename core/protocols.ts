import { ledgerProtocol } from './ledger';
import type { ProtocolPort } from './port';

/** Every protocol that Lockscope understands: a new one is one folder and one line here. */
export const PROTOCOLS: readonly ProtocolPort[] = [ledgerProtocol];
