import type { ActionKind, ClaimAction, EndAction } from './claim';
import type { Evidence } from './evidence';
import type { Instant } from './time';
import type { Verdict } from './verdict';

/** A claim as somebody looked at it: exactly that one is acted on, or nothing is done. */
export interface SeenClaim {
  readonly claimId: string;
  readonly seen: string;
}

/**
 * What can be mended in a source. Which of them a source needs, its findings say (`Finding.mend`).
 *
 * - `trailing-events`: its own tools cannot read it because of its last events; those go to quarantine.
 * - `leftover-files`: files that writers left behind when they died; they go to quarantine.
 */
export const MEND_KINDS = ['trailing-events', 'leftover-files'] as const;
export type MendKind = (typeof MEND_KINDS)[number];

/** More claims than this are not ended in one step. */
export const MOST_CLAIMS_AT_ONCE = 1_000;

/** One or more claims that are to be ended in one step, all or none. More than one only for a `reap`. */
export interface ClaimRequest<A extends ClaimAction = ClaimAction> {
  readonly action: A;
  readonly claims: readonly SeenClaim[];
  /** The name that the operator acts as; only for `release`. */
  readonly actAs: string | null;
}

/** Whether what is asked for, or planned, ends a claim in its source's own records. */
export function isEnding<T extends { readonly action: ActionKind }>(
  wanted: T,
): wanted is T & { readonly action: EndAction } {
  return ['release', 'reap', 'force-release'].includes(wanted.action);
}

/** A mend that a finding offered. */
export interface MendRequest {
  readonly action: 'mend';
  readonly mend: MendKind;
  /** The token of the finding: for exactly the files that it is about. */
  readonly seen: string;
}

/** What an operator asks for. It carries what was seen, and is checked again at the moment of writing. */
export type ActionRequest = ClaimRequest | MendRequest;

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
  /** What an undo names it by. Files that were taken away together have one name together. */
  readonly undoId: string;
}

/** Something that was taken away, and is kept: one file, or several that went together and come back together. */
export interface Undoable extends PlannedRemoval {
  readonly id: string;
  readonly action: ActionKind;
  /** All of them; `file` and `to` are the first. */
  readonly files: readonly PlannedRemoval[];
  readonly resource: string;
  readonly holder: string | null;
  readonly seen: string;
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  readonly reason: string | null;
  /** Why it cannot be put back now, in a sentence; null when it can. */
  readonly against: string | null;
}

/** What every plan says. */
interface PlanWords {
  readonly id: string;
  /** What it is about: a resource's bare id, `3 nodes`, or for a mend a file's name, `3 files from 000005.json on`. Hostile text. */
  readonly resource: string;
  /** Null where nobody holds it, or several do. */
  readonly holder: string | null;
  /** One token for all that was seen. */
  readonly seen: string;
  /** Null where there is nothing to judge: in a mend, and for several claims that are not judged alike. */
  readonly verdict: Verdict | null;
  /** What holds for everything that the plan is about. */
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
  /** A force-release needs a reason and the resource's id typed; so does a mend that takes away good events. */
  readonly needs: { readonly reason: boolean; readonly confirmation: string | null };
}

/** One of the claims that a plan ends. */
export interface PlannedClaim extends SeenClaim {
  readonly resource: string;
  readonly holder: string | null;
  readonly verdict: Verdict;
  /** What holds for this claim alone. What holds for all of them is the plan's own evidence. */
  readonly evidence: readonly Evidence[];
}

/** What ending some claims would do. */
export interface ClaimPlan<A extends ClaimAction = ClaimAction> extends PlanWords {
  readonly action: A;
  /** In the order in which they are written. At least one. */
  readonly claims: readonly PlannedClaim[];
  /** The name that the operator acts as; only for `release`. */
  readonly actAs: string | null;
}

/** A claim in a source as it reads after a mend. */
export interface ClaimAfter {
  readonly resource: string;
  readonly holder: string | null;
  readonly until: Instant | null;
}

/** What a source reads as after a mend, by the rules of its own tools. */
export interface ReadsAfter {
  /** The number of its last event. */
  readonly head: number;
  readonly held: number;
  /** The first 100 of them. */
  readonly claims: readonly ClaimAfter[];
}

/** What a mend would do. */
export interface MendPlan extends PlanWords {
  readonly action: 'mend';
  readonly mend: MendKind;
  /** Null where the mend changes nothing of what the source reads as. */
  readonly after: ReadsAfter | null;
}

/** The exact change in words and bytes, before it is made. Plain data. */
export type Plan = ClaimPlan | MendPlan;

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
 * - `conflict`: it is no longer what was seen; nothing was written. A normal result.
 * - `refused`: we would not write here; nothing was written.
 * - `failed`: something broke; `error` says whether anything may have been written. `written` is what certainly was.
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
  | { readonly kind: 'failed'; readonly error: string; readonly written?: readonly WrittenFile[] };
