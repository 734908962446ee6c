import { readdirSync } from 'node:fs';
import { eventNumber } from '../events/event-names';
import type { LedgerReader } from '../reading/ledger-reader';

/**
 * The number of a ledger's last event: as it was read, or, where it cannot be read to its end, as its names tell.
 * Throws the system's error where it cannot be listed.
 */
export function headOf(reader: LedgerReader): number {
  if (reader.fault === null) return reader.head;
  let last = reader.head;
  for (const name of readdirSync(reader.folder)) last = Math.max(last, eventNumber(name) ?? 0);
  return last;
}
