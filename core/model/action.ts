import type { ActionKind } from './claim';
import type { Evidence } from './evidence';
import type { Verdict } from './verdict';

/** What an operator asks for. It carries what was seen, and is checked again at the moment of writing. */
export interface ActionRequest {
  readonly action: ActionKind;
  readonly claimId: string;
  readonly seen: string;
  /** The name that the operator acts as; only for `release`. */
  readonly actAs: string | null;
}

/** A file that a plan will write. */
export interface PlannedWrite {
  /** `000013.json` */
  readonly file: string;
  /** The exact content, but for its timestamp, which is set at the moment of writing. */
  readonly content: string;
  /** `as #13, or as the next number if others come first` */
  readonly condition: string;
}

/** A file or folder that a plan takes out of its place, as it is. Nothing is deleted. Both relative to the source. */
export interface PlannedRemoval {
  /** `ledger/ledger.lock` */
  readonly file: string;
  /** Where it is kept. */
  readonly to: string;
}

/** What was taken out of its place. */
export interface RemovedFile extends PlannedRemoval {
  /** What an undo names it by. */
  readonly undoId: string;
}

/** Something that was taken away, and is kept. */
export interface Undoable extends PlannedRemoval {
  readonly id: string;
  readonly action: ActionKind;
  readonly resource: string;
  readonly holder: string | null;
  readonly seen: string;
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  readonly reason: string | null;
  /** Why it cannot be put back now, in a sentence; null when it can. */
  readonly against: string | null;
}

/** The exact change in words and bytes, before it is made. Plain data. */
export interface Plan {
  readonly id: string;
  readonly action: ActionKind;
  readonly claimId: string;
  /** The name that the operator acts as; only for `release`. */
  readonly actAs: string | null;
  readonly resource: string;
  readonly holder: string | null;
  readonly seen: string;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** What happens to the resource and to its holder, in one or two sentences. */
  readonly consequence: string;
  readonly writes: readonly PlannedWrite[];
  /** What is taken out of its place; absent where nothing is. */
  readonly removes?: readonly PlannedRemoval[];
  /** How it is undone, or that it can't be. */
  readonly undo: string;
  /** What the operator should know before going on; may be empty. */
  readonly warnings: readonly string[];
  /** A force-release needs a reason and the resource's id typed. */
  readonly needs: { readonly reason: boolean; readonly confirmation: string | null };
}

export type PlanOutcome =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string };

/** A file that was written, byte for byte. */
export interface WrittenFile {
  readonly file: string;
  readonly content: string;
}

/**
 * How an action ended. Closed.
 *
 * - `done`: written, durable. `warnings` tells what went wrong afterwards (a peer's late event), loudest of all.
 * - `conflict`: the claim is no longer what was seen; nothing was written. A normal result.
 * - `refused`: we would not write here; nothing was written.
 * - `failed`: something broke; `error` says whether anything may have been written.
 */
export type ActionResult =
  | {
      readonly kind: 'done';
      readonly message: string;
      readonly written: readonly WrittenFile[];
      /** What was taken out of its place, and can be put back; absent where nothing was. */
      readonly removed?: readonly RemovedFile[];
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string };
