import type { Claim, ClaimRow } from '../core/model';

/** A claim as its source has it now, with what was last said of it. Owned and changed by `SourceState` alone. */
export interface JudgedClaim {
  readonly key: string;
  readonly sourceId: string;
  claim: Claim;
  /** As last published; holds the verdict. */
  row: ClaimRow;
  /** Whether the lease was seen running at the last look within reach; null without a lease. */
  leaseRan: boolean | null;
}
