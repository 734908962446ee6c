import { readEventFile } from '../events/read-event';
import type { LedgerReader } from '../reading/ledger-reader';
import { createLivingReplay } from './living-replay';
import type { LedgerClaim, Replay } from './replay';
import { createSeedReplay } from './seed-replay';

/**
 * The claims as they were when event `sequence` was the last one, by node number.
 *
 * `reader` must have read the ledger: it tells the dialect and the names. Reads the events from the first on, so its
 * cost follows `sequence`; it keeps the thread, and belongs on one of its own where that matters. Where an event
 * cannot be read or is refused, the claims are those before it, and `upTo` tells which event was the last that counts.
 */
export function claimsAsOf(
  reader: LedgerReader,
  sequence: number,
): { readonly upTo: number; readonly claims: readonly LedgerClaim[] } {
  const replay: Replay = reader.dialect === 'living' ? createLivingReplay() : createSeedReplay();
  const last = Math.min(sequence, reader.head);
  let upTo = 0;
  while (upTo < last) {
    const read = readEventFile(reader.folder, reader.proofFolder, reader.nameOf(upTo + 1));
    if (read.kind !== 'read' || replay.apply(upTo + 1, read.bytes).kind === 'refused') break;
    upTo += 1;
  }
  return { upTo, claims: replay.claims() };
}
