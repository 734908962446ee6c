import type { ClaimDetail, Transition } from '../core/model';
import type { RawRecord } from '../core/port';
import type { HolderIndex } from './holder-index';
import type { JudgedClaim } from './judged-claim';
import { commandFor } from './shell-command';
import { fullNames } from './snapshot';
import type { SourceState } from './source-state';

/** So many of a claim's transitions are shown, the newest. */
export const TRANSITIONS_SHOWN = 200;
const ALSO_HELD_SHOWN = 200;
const WAITERS_SHOWN = 200;

/** What was read of a claim just before, for its detail. */
export interface ReadOfClaim {
  readonly record: RawRecord | null;
  /** Oldest first. */
  readonly transitions: readonly Transition[];
}

/** One claim in full, as it stands at `nowMs` (unix ms). */
export function claimDetail(
  state: SourceState,
  entry: JudgedClaim,
  holders: HolderIndex,
  { record, transitions }: ReadOfClaim,
  nowMs: number,
): ClaimDetail {
  const { claim, row } = entry;
  const full = fullNames(claim);
  return {
    claim: row,
    ...(full === null ? {} : { full }),
    evidence: state.evidenceOf(entry, nowMs),
    waiters: (claim.waiters ?? []).slice(0, WAITERS_SHOWN),
    transitions,
    record,
    commands: row.actions.flatMap((action) => {
      const command = commandFor(action, state.row.path, claim);
      return command === null ? [] : [{ action, command }];
    }),
    alsoHolds: holders
      .others(entry, ALSO_HELD_SHOWN)
      .map((other) => ({ key: other.key, kind: other.claim.kind, resource: other.claim.resource })),
  };
}
