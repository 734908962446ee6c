import type { Host } from './host/host';
import type {
  ActionRequest,
  ActionResult,
  Claim,
  Finding,
  LeaseBands,
  Plan,
  PlanOutcome,
  SourceDescription,
  SourceStatus,
  Transition,
  Undoable,
} from './model';

/**
 * What changed in a source since the reading before. Cost follows what is new, not what there is.
 */
export interface Reading {
  /** Unix ms of our clock when the source was looked at. */
  readonly observedAtMs: number;
  /** True for the first reading, and whenever the past was read anew: forget all claims first. */
  readonly reset: boolean;
  readonly upserted: readonly Claim[];
  /** Ids of claims that ended. */
  readonly removed: readonly string[];
  /** Those that are new since the reading before, in the order of the source. None where `reset` is true: the past is asked for with `history`. */
  readonly transitions: readonly Transition[];
  /** All findings as they stand now; of very many, some. */
  readonly findings: readonly Finding[];
  /** So many there are beside those; absent where those are all. */
  readonly moreFindings?: number;
  readonly status: SourceStatus;
  /** The number of the last event (or version) that counts; null where the protocol has none. */
  readonly head: number | null;
  /** Words for the source's row: `living dialect`. */
  readonly note: string | null;
  /**
   * Whether changes reach us at once as of now, or only by looking every 2 s: a system lets nobody watch when its
   * watches are used up. Absent where nobody asked for a watch, or where the source cannot tell.
   */
  readonly watch?: 'watching' | 'looking';
  /**
   * Where everything was read anew, on somebody's word or because the past had changed: what it found otherwise than it
   * was told before, as of the same event, in sentences. Absent where the source cannot compare, and where nothing had
   * been told.
   */
  readonly differences?: readonly string[];
}

/** A record as it stands in the source, for the detail pane. `text` is cut at 64 KiB; hostile. */
export interface RawRecord {
  readonly label: string;
  readonly text: string;
  readonly cut: boolean;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Called now and then during a long reading. `total` is null while it is not known. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Read everything again, believing nothing that was kept. */
  readonly fresh?: boolean;
  /**
   * Also look whether all that was read before still stands as it did, though nothing tells of a change, without reading
   * it. What does not is read again.
   */
  readonly check?: boolean;
}

/** One opened source. Not for concurrent use: the inspector makes one call at a time, `watch` aside. */
export interface Source {
  readonly description: SourceDescription;
  /**
   * Looks at the source. The first call reads everything, later ones what is new.
   * Never throws for what it finds there: trouble is a status or a finding. Rejects only when aborted.
   */
  read(options: ReadOptions): Promise<Reading>;
  /**
   * Calls `hint` when something may have changed. A hint is never data. Throws where the system lets nobody watch, or
   * calls `onUnwatched` when that only shows later. Returns its disposer.
   */
  watch(hint: () => void, onUnwatched?: () => void): () => void;
  /** The raw record behind a claim, read now; null when it is gone. */
  record(claimId: string): Promise<RawRecord | null>;
  /**
   * What the source records of a claim as it was last read, also of one that has ended: the newest `limit` transitions,
   * oldest first. Absent where a protocol keeps no past. Never rejects.
   */
  history?(claimId: string, limit: number): Promise<readonly Transition[]>;
  /** What an action would do, without doing it. Reads afresh; writes nothing. */
  plan(request: ActionRequest): Promise<PlanOutcome>;
  /**
   * Does what a plan of this source says, after checking under the protocol's own lock that the claim is still
   * exactly what was seen. At most one call a plan. Never writes into what it does not understand.
   */
  commit(plan: Plan, options: { readonly reason: string | null; readonly signal: AbortSignal }): Promise<ActionResult>;
  /** What was taken away here and is kept, the newest first. Absent where nothing ever is. Never rejects. */
  undoables?(): Promise<readonly Undoable[]>;
  /** Puts something back that was taken away, exactly as it was, only where nothing has taken its place. */
  undo?(id: string, options: { readonly signal: AbortSignal }): Promise<ActionResult>;
  /**
   * Before `close`, where it was read: keeps what makes the next opening cheap, if it is worth it. Nothing is kept
   * afterwards. Takes some tenths of a second at most; never rejects. Absent where nothing ever is kept.
   */
  keep?(): Promise<void>;
  close(): void;
}

/** One protocol: how to recognise its sources and how to open one. Actions it cannot honestly do are absent from its claims. */
export interface ProtocolPort {
  readonly protocol: string;
  /** Sources of other protocols may lie below a folder of this one. Absent: nothing else is looked for there. */
  readonly mayHoldOthers?: true;
  /** Where the protocol's own tools have thresholds, these: its claims carry them. */
  readonly bands?: LeaseBands;
  /**
   * The source's folder when `folder` (absolute) is a source, or lies directly inside one; null otherwise.
   * A few stats, never a listing of a ledger.
   */
  recognise(folder: string): Promise<string | null>;
  /**
   * As `recognise`, asked only for the path itself that an operator opened: for what may lie anywhere, so that finding
   * it below every folder would cost too much. Absent where a protocol's sources have a place of their own.
   */
  recogniseOpened?(folder: string): Promise<string | null>;
  /** `folder` as `recognise` gave it. */
  open(folder: string, host: Host): Source;
}
