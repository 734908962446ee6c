import type { ClaimRefusal, NotDone, ReleaseTaskResult, Task } from './lease-results';
import type { CallOptions, TaskLeases, WriteOptions } from './leases';

/** The lock of a task's file, as `core/file-lock` has it. */
export interface TaskFileLock {
  /** Tries until it is granted, a timeout is over or the signal aborts. Never rejects. */
  lock(options: {
    readonly timeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<
    | { readonly kind: 'locked' }
    | { readonly kind: 'busy'; readonly waitedMs: number }
    | { readonly kind: 'broken'; readonly error: string }
    | { readonly kind: 'aborted' }
  >;
  /** Gives the lock back, for ever. Never throws. */
  close(): void;
}

/** A task that is held by its file lock and by its lease. */
export interface HeldTask {
  readonly task: Task;
  /**
   * Ends the lease, then the file lock, whatever came of the lease: one that could not be ended still keeps others
   * away, until it is over. May be called again, for a lease that was busy.
   */
  release(options?: CallOptions): Promise<ReleaseTaskResult>;
}

export type CombinedClaimResult =
  | { readonly kind: 'claimed'; readonly held: HeldTask }
  /** Somebody else has the file lock all the time; the lease was not asked for. */
  | { readonly kind: 'lock-busy'; readonly waitedMs: number }
  /** The file cannot be locked; a sentence. */
  | { readonly kind: 'lock-broken'; readonly error: string }
  | ClaimRefusal
  | NotDone;

export interface CombinedOptions extends WriteOptions {
  /** How long to wait for the file lock; as that has it where it is left out. */
  readonly lockTimeoutMs?: number;
}

/**
 * Takes a task twice, for work that touches more than the database (seed 001, *Combined*): its file lock first, then
 * its lease; they are given back in the reverse order. `lock` is this call's own from now on: it is closed when the
 * task is released, and at once when anything on the way does not succeed. Rejects only when aborted, with the reason.
 */
export async function claimTaskWithLock(
  leases: TaskLeases,
  lock: TaskFileLock,
  claim: { readonly taskId: string; readonly agentId: string; readonly leaseMs: number },
  options: CombinedOptions = {},
): Promise<CombinedClaimResult> {
  const { taskId, agentId, leaseMs } = claim;
  const { lockTimeoutMs, signal } = options;
  let isClaimed = false;
  try {
    const locked = await lock.lock({ timeoutMs: lockTimeoutMs, signal });
    switch (locked.kind) {
      case 'busy':
        return { kind: 'lock-busy', waitedMs: locked.waitedMs };
      case 'broken':
        return { kind: 'lock-broken', error: locked.error };
      case 'aborted':
        signal?.throwIfAborted();
        return { kind: 'lock-broken', error: 'The lock was closed.' };
      case 'locked':
        break;
    }
    const claimed = await leases.claimTaskForAgent(taskId, agentId, leaseMs, options);
    if (claimed.kind !== 'claimed') return claimed;
    isClaimed = true;
    const release = async (how?: CallOptions): Promise<ReleaseTaskResult> => {
      try {
        return await leases.releaseTask(taskId, agentId, how);
      } finally {
        lock.close();
      }
    };
    return { kind: 'claimed', held: { task: claimed.task, release } };
  } finally {
    if (!isClaimed) lock.close();
  }
}
