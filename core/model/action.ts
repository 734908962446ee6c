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
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string };
