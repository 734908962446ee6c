import type { Instant } from './time';
import type { ClaimRow } from './view';

/** Whether two rows of one claim (one `key`) show the same, and the same can be done with them. */
export function sameClaimRow(a: ClaimRow, b: ClaimRow): boolean {
  return (
    a.verdict === b.verdict &&
    a.seen === b.seen &&
    a.claimId === b.claimId &&
    a.holder === b.holder &&
    a.holderNote === b.holderNote &&
    a.resource === b.resource &&
    a.title === b.title &&
    a.kind === b.kind &&
    a.protocol === b.protocol &&
    sameInstant(a.acquiredAt, b.acquiredAt) &&
    sameInstant(a.expiresAt, b.expiresAt) &&
    a.inBatch === b.inBatch &&
    a.waiters === b.waiters &&
    a.flags?.join() === b.flags?.join() &&
    a.actions.join() === b.actions.join()
  );
}

function sameInstant(a: Instant | null, b: Instant | null): boolean {
  return a === b || (a !== null && b !== null && a.text === b.text && a.ms === b.ms && a.ns === b.ns);
}
