import type { TasksShape } from '../schema';

/** A value as SQLite keeps it. Integers are exact; a text may be hostile; a blob stands in no column that is ours. */
export type Cell = null | bigint | number | string | Uint8Array;

/** What makes a lease, exactly as it was read: what an action is guarded by. */
export interface SeenLease {
  readonly id: Cell;
  readonly assignee: Cell;
  readonly assignedAt: Cell;
  readonly lockUntil: Cell;
}

/** A task that has a holder. */
export interface LeaseRow extends SeenLease {
  /** What the task is called; of one without a name, what it is about. */
  readonly name: Cell;
  readonly status: Cell;
  readonly version: Cell;
  readonly updatedAt: Cell;
  /** A value of it is not brought here whole, as it is too long or has a NUL in it: it is shown, and never written. */
  readonly isCut: boolean;
}

/** A row of a table as it is shown: each column with SQLite's own spelling of its value. */
export type ShownRow = readonly { readonly column: string; readonly value: string }[];

/**
 * Which files a database is, as a look at them found them: device, inode, size and times of each; null for one that is not
 * there. Two equal looks with nothing between them mean the same bytes only where the first one `isSettled`.
 */
export interface FilesSeen {
  readonly database: string | null;
  readonly wal: string | null;
  readonly journal: string | null;
}

/**
 * How a database was read. The first two leave nothing beside it and keep no writer waiting. The last one does for as long
 * as it reads: a checkpoint then stops before what it reads or finds the log busy, and a writer that is the last to close
 * leaves its log and index behind.
 *
 * - `in place`: nothing was being written; as an immutable file, between two equal looks at it.
 * - `private copy`: the file and its write-ahead log (or its rollback journal), copied and proven whole.
 * - `as a reader`: too large to be copied each time; as one more reader of a database that is at work.
 */
export type HowRead = 'in place' | 'private copy' | 'as a reader';

/** Why a database could not be read. `changing` alone goes by itself. */
export type ReadFailure =
  | 'missing'
  | 'not-permitted'
  | 'not-a-file'
  | 'not-a-database'
  | 'corrupt'
  | 'no-tasks'
  | 'changing'
  | 'locked'
  | 'too-large'
  | 'names-another-file'
  | 'failed';

export interface LeasesRead {
  readonly kind: 'read';
  readonly how: HowRead;
  readonly journal: 'wal' | 'rollback';
  /** As it was right before the reading; null where a change right after it need not show in another look. */
  readonly files: FilesSeen | null;
  /** Time of the processor that it took, in ms. */
  readonly cpuMs: number;
  readonly rows: readonly LeaseRow[];
  /** There are more holders than are read. */
  readonly isCut: boolean;
  /** Lease columns that the table lacks; without `assignee` there are no rows. */
  readonly missing: readonly string[];
  /** Why nothing is written into this table, in a sentence; null where its writing is understood. */
  readonly against: string | null;
  /** The first ids of tasks that have an end of a lease and nobody who holds it, and how many there are. */
  readonly ownerless: { readonly ids: readonly Cell[]; readonly count: number };
}

export type ReadAnswer =
  | LeasesRead
  | {
      readonly kind: 'failed';
      readonly why: ReadFailure;
      /** What the system or SQLite says, in words. */
      readonly message: string;
      readonly cpuMs: number;
    };

export interface EndLeases {
  /** `release` keeps the status; `cleanup` sets *In Progress* back to *Todo*. */
  readonly how: 'release' | 'cleanup';
  readonly leases: readonly SeenLease[];
  /** Unix seconds. */
  readonly nowS: number;
  /** Only rows whose end has passed `nowS`; the others are a conflict. */
  readonly onlyOver: boolean;
}

/** What is, or would be, written for one lease. */
export interface EndedLease {
  readonly sql: string;
  readonly before: ShownRow;
  readonly after: ShownRow;
}

/**
 * How an ending went. All of it is written, or none.
 *
 * `differs`: the lease at `index` is not what was seen; `now` is what it is, null where the task is gone.
 */
export type EndAnswer =
  | { readonly kind: 'ended'; readonly leases: readonly EndedLease[] }
  | { readonly kind: 'differs'; readonly index: number; readonly now: SeenLease | null }
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string; readonly isWritten: 'no' | 'unknown' };

export type DatabaseRequest =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'row'; readonly path: string; readonly id: Cell }
  | { readonly kind: 'statuses'; readonly path: string; readonly ids: readonly Cell[] }
  /** `isTrial`: on copies of the rows in memory: what would be written. */
  | { readonly kind: 'end'; readonly path: string; readonly ending: EndLeases; readonly isTrial: boolean };

/** The answer to each kind of request. */
export interface DatabaseAnswers {
  readonly read: ReadAnswer;
  /** Null where there is no such row, or it cannot be read. */
  readonly row: ShownRow | null;
  /** In the order of the ids; null for a task that is not there. Empty where they cannot be read. */
  readonly statuses: readonly Cell[];
  readonly end: EndAnswer;
}

export type ToDatabaseProcess = { readonly call: number; readonly request: DatabaseRequest };

export type FromDatabaseProcess =
  | { readonly call: number; readonly answer: DatabaseAnswers[keyof DatabaseAnswers] }
  | { readonly call: number; readonly broken: string };

/** What a connection of ours knows of the tasks table. */
export interface TasksTable {
  /** Made by `CREATE TABLE`: no view, and no virtual table. */
  readonly isPlain: boolean;
  readonly shape: TasksShape;
  readonly columns: ReadonlySet<string>;
  readonly missing: readonly string[];
  readonly against: string | null;
}
