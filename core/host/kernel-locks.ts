import type { ProcessIdentity } from '../model';

/** How a lock was taken: flock(2), POSIX fcntl, or fcntl of an open file description. */
export type ListedKind = 'FLOCK' | 'POSIX' | 'OFDLCK';

/** One lock, or one wish for a lock, as the kernel lists it. */
export interface ListedLock {
  /** Its line without number and arrows. The very same text stands in the `fdinfo` of whoever has the lock. */
  readonly text: string;
  readonly kind: ListedKind;
  readonly access: 'read' | 'write';
  /** Who took it: -1 for a lock of an open file description, 0 for a process that has no number here. */
  readonly pid: number;
  /** Two numbers in hexadecimal, as the kernel writes them: `08:01`. */
  readonly device: string;
  /** In decimal digits; more of them than a number holds are possible. */
  readonly inode: string;
  /** First byte. */
  readonly start: number;
  /** Last byte; null: to the end, however long the file gets. */
  readonly end: number | null;
}

/** A process as the system tells of it now. */
export interface LockProcess {
  readonly identity: ProcessIdentity;
  /** Its arguments, or its name in brackets where it has none. Hostile text. */
  readonly command: string;
  /** The user's name, else the number; null where it is not told. */
  readonly user: string | null;
  /** Unix ms; null where it is not told. */
  readonly startedAtMs: number | null;
  /** The kernel's name of the pid namespace that it is in, which may lie inside of ours; null where it is not told. */
  readonly namespace: string | null;
}

/** A process that has a lock, and through which descriptor. */
export interface LockHolder {
  readonly process: LockProcess;
  readonly fd: number;
  /** Where `/proc` tells of its descriptors: those of another thread, when its first one has ended. */
  readonly folder: string;
}

/** Why no process is seen that has a lock which the kernel lists. */
export type HolderUnseen = 'taker-ended' | 'names-nobody' | 'other-namespace' | 'not-permitted';

/** Somebody whom the kernel lists as waiting. */
export interface BlockedWaiter {
  readonly listed: ListedLock;
  /** Null where the kernel names nobody, or nobody who can be seen. */
  readonly process: LockProcess | null;
}

/**
 * A lock that the kernel lists, joined with what the system tells of processes. Held, whatever else is known of it.
 *
 * Where two open files have the same lock of one text (two readers), it is one of these.
 */
export interface HeldLock {
  readonly listed: ListedLock;
  /** Absolute, links resolved: the locked file, as a process that has it open names it, or as it was found in its folder. */
  readonly path: string;
  /** `deleted`, `replaced`: nothing, or another file, stands there now; those who open it are not kept out. */
  readonly file: 'there' | 'deleted' | 'replaced';
  /** Those who are seen to have it, the one whom the kernel names first, then the oldest first. */
  readonly holders: readonly LockHolder[];
  /** Null where `holders` names anybody. */
  readonly unseen: HolderUnseen | null;
  readonly blocked: readonly BlockedWaiter[];
  /** Processes that have the file open and no lock on it. They may ask for it again and again, or never. */
  readonly possible: readonly LockProcess[];
  /** One of the locks by which SQLite keeps the connections of a database apart. */
  readonly isOfSqlite: boolean;
}

/** What is locked at and below some folders, at one moment. */
export interface LocksLook {
  /** In the order of their paths. An entry that did not change is the very same object as in the look before. */
  readonly locks: readonly HeldLock[];
  /** Why nothing can be said, in words that end a sentence; null where the kernel's list was read. */
  readonly unreadable: string | null;
  /** False where this program is in a pid namespace of its own: the kernel then does not list what others have locked. */
  readonly seesAll: boolean;
}

/** A folder (or a single file) whose locks are looked at. */
export interface LockRoot {
  /** Absolute, links resolved. */
  readonly path: string;
}

export interface FollowOptions {
  /** Also the locks by which SQLite keeps its connections apart. */
  readonly sqlite?: boolean;
}

/** The locks of some folders, followed over time. */
export interface FollowedLocks {
  /**
   * Looks now. Costs one reading of the kernel's list while nothing changes. Who has a file open is looked up anew from
   * time to time only, because that means all processes; with `fresh` it is looked up now. Never throws.
   */
  look(options?: { readonly fresh?: boolean }): LocksLook;
  /** Looks afresh, for a decision: what it finds is still news for whoever watches. Never throws. */
  peek(): LocksLook;
  /**
   * Calls `hint` when something of these folders has changed, at most 200 ms after it did. All that are watched on this
   * thread share one look every 100 ms. Returns its disposer.
   */
  watch(hint: () => void): () => void;
  /** The kernel's own lines for a lock, and those of its holders' descriptors, read now; null where it is not listed. */
  record(lock: HeldLock): string | null;
  close(): void;
}

/**
 * The advisory locks that the kernel lists, joined with the processes that have them. Only looks: nothing is ever
 * locked, or opened but files of `/proc`, to find out.
 */
export interface KernelLocks {
  follow(roots: readonly LockRoot[], options?: FollowOptions): FollowedLocks;
}
