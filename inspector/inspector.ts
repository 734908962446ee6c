import type { Host } from '../core/host/host';
import type {
  ActionResult,
  AuditEntry,
  Changes,
  ClaimAction,
  ClaimDetail,
  LeaseBands,
  MendKind,
  OpenOutcome,
  PlanOutcome,
  Snapshot,
  SourceUndoable,
  VerifyOutcome,
} from '../core/model';
import type { ProtocolPort } from '../core/port';
import type { Discover } from './discovery/discover';

export interface InspectorOptions {
  readonly host: Host;
  readonly protocols: readonly ProtocolPort[];
  /** Finds what `protocols` know; without it, the thread that calls looks itself. */
  readonly discover?: Discover;
  /** For the audit log: `electron 0.1.0`. */
  readonly program: string;
  readonly readOnly: boolean;
  /** Where `audit.jsonl` lives. Created when first needed. */
  readonly dataFolder: string;
  /** False for a single look, as the command line takes: sources are read once and not watched. */
  readonly watch: boolean;
  /** The thresholds that an operator set for a source, for when it is opened; undefined where none were set. */
  readonly bandsOf?: (sourceId: string) => LeaseBands | undefined;
}

/** The engine: discover, watch, read, judge; plan, commit, audit. Every subscription returns its disposer. */
export interface Inspector {
  /**
   * Opens the sources at or below an absolute path (bounded in depth and time) and reads them.
   * Resolves when they are found; `settled` tells when they are read.
   */
  open(path: string, signal?: AbortSignal): Promise<OpenOutcome>;
  close(sourceId: string): void;
  /** Gives up the first reading of a source; it stays open, and is read when `reread` asks for it. Later readings go on. */
  cancelReading(sourceId: string): void;
  /** Reads a source again from the start. */
  reread(sourceId: string): Promise<void>;
  /**
   * Reads a source again from the start, believing nothing that was kept, and tells whether it is what was shown.
   * From then on the fresh picture is shown. Never rejects.
   */
  verify(sourceId: string): Promise<VerifyOutcome>;
  /**
   * By which thresholds the leases of a source are shown; null: as its own tools have them. Changes what is said of them,
   * never whether they are stale. Nothing happens where the source has none.
   */
  setBands(sourceId: string, bands: LeaseBands | null): void;
  /** Resolves when every open source has been read at least once, or could not be. */
  settled(): Promise<void>;
  snapshot(): Snapshot;
  onChanges(listener: (changes: Changes) => void): () => void;
  /** What an operator should read once: a peer broke a proof after our write. */
  onNotice(listener: (notice: { readonly tone: 'error' | 'info'; readonly message: string }) => void): () => void;
  /** Null when there is no such claim any more. */
  detail(key: string): Promise<ClaimDetail | null>;
  /** What ending these claims would do, all or none. More than one only for a `reap`, and all of one source. */
  plan(request: {
    readonly claims: readonly { readonly key: string; readonly seen: string }[];
    readonly action: ClaimAction;
    readonly actAs: string | null;
  }): Promise<PlanOutcome>;
  /** What a mend would do that a finding of the source offers. It is committed like any other plan. */
  planMend(request: {
    readonly sourceId: string;
    readonly mend: MendKind;
    readonly seen: string;
  }): Promise<PlanOutcome>;
  /**
   * Does what a plan says, once. In the audit log before it starts and after it ended; if the log cannot be
   * written, nothing is done. One at a time a source.
   *
   * `signal` gives up waiting (for the source's turn or its write lock); what is already being published ends well.
   */
  commit(
    request: {
      readonly planId: string;
      readonly reason: string | null;
      readonly confirmation: string | null;
    },
    signal?: AbortSignal,
  ): Promise<ActionResult>;
  /** What was taken away from the open sources and is kept, the newest first. */
  undoables(): Promise<readonly SourceUndoable[]>;
  /** Puts back what was taken away, if nothing has taken its place. In the audit log like a commit. */
  undo(request: { readonly sourceId: string; readonly undoId: string }, signal?: AbortSignal): Promise<ActionResult>;
  /** Newest first. */
  audit(limit: number): Promise<readonly AuditEntry[]>;
  auditCount(): Promise<number>;
  /** Absolute paths that were opened, for the next start. */
  openedPaths(): readonly string[];
  /** Ends all watching and waits for a running commit. */
  dispose(): Promise<void>;
}
