import type { RemovedFile, Undoable } from './action';
import type { AuditAction, ClaimAction, LeaseBands, Waiter } from './claim';
import type { Evidence } from './evidence';
import type { Finding, Severity } from './finding';
import type { ClaimFlag } from './flags';
import type { SourceStatus } from './source';
import type { Instant } from './time';
import type { Transition } from './transition';
import type { Verdict } from './verdict';

/** A source as the workspace list shows it. */
export interface SourceRow {
  /** Opaque. */
  readonly id: string;
  readonly protocol: string;
  readonly title: string;
  /** For people to read; never sent back. */
  readonly path: string;
  readonly status: SourceStatus;
  readonly note: string | null;
  readonly head: number | null;
  readonly held: number;
  readonly stale: number;
  readonly findings: readonly Finding[];
  readonly worst: Severity | null;
  /** Unix ms of the last look at it; null before the first. */
  readonly readAtMs: number | null;
  /** Whether changes reach us at once, or only by looking every 2 s. */
  readonly watch: 'watching' | 'looking' | 'off';
  /** The thresholds by which its leases are shown, where its protocol has any; `own`: as its own tools have them. */
  readonly bands?: LeaseBands & { readonly own: boolean };
  /** How far a reading of everything has come that is not the first; absent while there is none. */
  readonly rereading?: { readonly done: number; readonly total: number | null };
  /**
   * Unix ms of our clock since when an answer of the source is being waited for: a disk that is slow or hangs. There
   * once that takes longer than 2 s, and gone with the answer; progress of a reading is an answer too. Everything
   * else in the row is what was known before. Absent while it answers.
   */
  readonly waitingSinceMs?: number;
}

/** A claim as the table shows it. Evidence travels only with `ClaimDetail`, and so do names that are very long. */
export interface ClaimRow {
  /** Unique in the workspace. */
  readonly key: string;
  readonly sourceId: string;
  readonly claimId: string;
  readonly protocol: string;
  readonly kind: string;
  readonly resource: string;
  readonly title: string | null;
  readonly holder: string | null;
  /** `pid 4242`, or null. */
  readonly holderNote: string | null;
  readonly acquiredAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly verdict: Verdict;
  readonly seen: string;
  readonly actions: readonly ClaimAction[];
  /** May be reaped in one step with others of its source that say so too. */
  readonly inBatch?: true;
  /** How many are seen waiting for it, blocked or possibly; absent where nobody is. */
  readonly waiters?: number;
  /** The gravest first; absent where there are none. */
  readonly flags?: readonly ClaimFlag[];
}

/** One claim in full. */
export interface ClaimDetail {
  readonly claim: ClaimRow;
  /** Its names in full, where the row carries only their beginning. Hostile text, up to a megabyte each. */
  readonly full?: { readonly resource: string; readonly title: string | null; readonly holder: string | null };
  readonly evidence: readonly Evidence[];
  /** Who is seen waiting for it; of very many, some. */
  readonly waiters: readonly Waiter[];
  /** Oldest first; the newest 200. */
  readonly transitions: readonly Transition[];
  readonly record: { readonly label: string; readonly text: string; readonly cut: boolean } | null;
  /** The command line that does the same, for each action that is possible now. */
  readonly commands: readonly { readonly action: ClaimAction; readonly command: string }[];
  /** Other claims of the same holder, by whatever mechanism: of the same name, or of the same process. */
  readonly alsoHolds: readonly { readonly key: string; readonly kind: string; readonly resource: string }[];
}

/** Everything at one revision. */
export interface Snapshot {
  readonly revision: number;
  readonly sources: readonly SourceRow[];
  readonly claims: readonly ClaimRow[];
}

export type Change =
  | { readonly kind: 'source'; readonly source: SourceRow }
  | { readonly kind: 'source-removed'; readonly sourceId: string }
  | { readonly kind: 'claim'; readonly claim: ClaimRow }
  | { readonly kind: 'claim-removed'; readonly key: string }
  | { readonly kind: 'transition'; readonly sourceId: string; readonly transition: Transition }
  | { readonly kind: 'audit'; readonly count: number };

/** Ordered changes from one revision to the next. A renderer that is not at `from` asks for a snapshot. */
export interface Changes {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
}

/** One line of the audit log. Append-only; nothing secret is ever in it. */
export interface AuditEntry {
  /** RFC 3339, UTC. */
  readonly when: string;
  /** The system's name of the user. */
  readonly user: string;
  /** `electron`, `web` or `cli`, with the version. */
  readonly program: string;
  readonly action: AuditAction;
  readonly source: string;
  readonly protocol: string;
  readonly resource: string;
  readonly holder: string | null;
  readonly actAs: string | null;
  readonly seen: string;
  /** Null where nothing was judged. */
  readonly verdict: Verdict | null;
  /** The claims, where there were several. */
  readonly claims?: readonly { readonly resource: string; readonly holder: string | null; readonly seen: string }[];
  readonly evidence: readonly string[];
  readonly reason: string | null;
  readonly written: readonly { readonly file: string; readonly content: string }[];
  /** What was taken out of its place, or put back into it; absent where nothing was. */
  readonly removed?: readonly RemovedFile[];
  readonly result: 'started' | 'done' | 'conflict' | 'refused' | 'failed';
  readonly message: string;
}

/** Something that was taken away from a source that is open, and is kept. */
export interface SourceUndoable extends Undoable {
  readonly sourceId: string;
}

/** How opening a path ended. */
export type OpenOutcome =
  | { readonly kind: 'opened'; readonly sourceIds: readonly string[] }
  | { readonly kind: 'nothing-found'; readonly message: string }
  | { readonly kind: 'cancelled' };
