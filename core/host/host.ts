import type { ProcessIdentity, ProcessState } from '../model';
import type { KernelLocks } from './kernel-locks';
import type { MemoOptions } from './memos';

/**
 * What protocols need of a machine, behind one small interface, so that clock and process table are passed in.
 * Files are used through node:fs by those folders that read and write them, and through what stands beside this where
 * Node has no call for a step, or a slower one.
 */
export interface Host {
  readonly clock: Clock;
  readonly processes: ProcessTable;
  /** The locks that the kernel lists. Absent where the platform gives no answer: then it cannot be known here who holds one. */
  readonly kernelLocks?: KernelLocks | undefined;
  /**
   * Absolute path of the program of a thread that reads beside the one that asks (`core/ledger/reading/reading-thread.ts`, as
   * it is bundled). Absent where there is none: then everything is read on the thread that asks.
   */
  readonly readingThread?: string | undefined;
  /**
   * Absolute path of the program of a process that opens databases (`core/task-lease/database-process.ts`, as it is bundled).
   * Absent where there is none: then none is opened.
   */
  readonly databaseProcess?: string | undefined;
  /** Where, and of what, something is kept from one start to the next. Absent: nothing is. Plain data. */
  readonly memos?: MemoOptions | undefined;
}

export interface Clock {
  /** Unix time in ms. */
  nowMs(): number;
}

/** A process that has a folder as its working directory or on its command line. */
export interface NearbyProcess {
  readonly pid: number;
  /** Its arguments, as they are. Hostile text. */
  readonly argv: readonly string[];
  readonly how: 'working directory' | 'command line';
}

/** A process of another user, of which only the command line is known. */
export type HiddenProcess = Pick<NearbyProcess, 'pid' | 'argv'>;

export interface ProcessTable {
  /** This process, as a lock of ours names it. */
  self(): ProcessIdentity;
  /** Never throws; what cannot be found out is `unknown`. */
  stateOf(process: ProcessIdentity): ProcessState;
  /**
   * The same of a record that names no more than a pid of this host, and when it was written (unix ms). Clocks may have
   * been wrong by 10 minutes, then or now: within that, "started after the claim" proves nothing. Neither does a pid that
   * is free here while the record may have been written in another pid namespace. Never throws.
   */
  stateOfPid(pid: number, claimedAtMs: number): ProcessState;
  /** Processes of this host at `folder` (absolute, links resolved). This process and those of which it cannot be seen are left out. */
  near(folder: string): readonly NearbyProcess[];
  /**
   * Those of which this user cannot see where they work, so that `near` may lack them; null where the system shows none,
   * or only this user's own. Absent: all are seen.
   */
  hidden?(): readonly HiddenProcess[] | null;
}
