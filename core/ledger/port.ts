import { opendirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProtocolPort } from '../port';
import { eventNumber } from './events/event-names';
import { LedgerSource } from './ledger-source';
import { INIT_FOLDERS } from './replay/dialect';

/** So many names of a ledger folder are looked at to see whether it is one. */
const NAMES_LOOKED_AT = 64;

/**
 * AF's event ledger, its write lock and its claim locks, in both dialects (protocol 1).
 * A folder is a proof when a folder `ledger` stands in it beside `meta.json` or what `af init` makes, or when
 * events (or a write lock) stand in that folder.
 */
export const ledgerProtocol: ProtocolPort = {
  protocol: 'ledger',
  recognise: (folder) => Promise.resolve(proofAt(folder)),
  open: (folder, host) => new LedgerSource(folder, host),
};

function proofAt(folder: string): string | null {
  let real: string;
  try {
    real = realpathSync(folder);
  } catch {
    return null;
  }
  if (isProof(real)) return real;
  // The ledger itself, or the lock files beside it, may have been named.
  const parent = dirname(real);
  return ['ledger', 'locks'].includes(basename(real)) && isProof(parent) ? parent : null;
}

function isProof(folder: string): boolean {
  const ledger = join(folder, 'ledger');
  if (statOf(ledger)?.isDirectory() !== true) return false;
  const beside = ['meta.json', ...INIT_FOLDERS].some((name) => statOf(join(folder, name)) !== null);
  return beside || holdsEvents(ledger);
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function holdsEvents(ledger: string): boolean {
  try {
    const names = opendirSync(ledger);
    try {
      for (let looked = 0; looked < NAMES_LOOKED_AT; looked += 1) {
        const entry = names.readSync();
        if (entry === null) return false;
        if (eventNumber(entry.name) !== null || entry.name === 'ledger.lock') return true;
      }
    } finally {
      names.closeSync();
    }
  } catch {
    // A folder that we may not list: whoever names it wants to see why.
    return true;
  }
  return false;
}
