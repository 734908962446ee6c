import type { Task } from './lease-results';
import { NEAR_EXPIRY_S, STALE_AFTER_S } from './schema';

/**
 * Where a lease stands, by the bounds of the living program: `expired` once its last second is over, `stale` when that
 * is more than five minutes ago, `near-expiry` when its end comes within five minutes. A holder without an end is
 * `endless`: exarp shows no such row.
 */
export type LeaseBand = 'running' | 'near-expiry' | 'expired' | 'stale' | 'endless';

/** The band of a lease; all in unix seconds. */
export function leaseBand(lockUntilS: number | null, nowS: number): LeaseBand {
  if (lockUntilS === null || lockUntilS <= 0) return 'endless';
  if (lockUntilS < nowS) return nowS - lockUntilS > STALE_AFTER_S ? 'stale' : 'expired';
  return lockUntilS < nowS + NEAR_EXPIRY_S ? 'near-expiry' : 'running';
}

/** A task that somebody holds. Times are unix ms of whole seconds, spans in ms. */
export interface TaskLease {
  readonly taskId: string;
  readonly assignee: string;
  readonly assignedAtMs: number | null;
  readonly lockUntilMs: number | null;
  readonly status: string;
  readonly version: number;
  readonly band: LeaseBand;
  /** How long it still runs; 0 when it is over or has no end. */
  readonly remainingMs: number;
  /** For how long it has been over; 0 while it runs. */
  readonly overMs: number;
}

/** All leases of a database at one moment, the end that comes first at first. */
export interface LeasesReport {
  readonly nowMs: number;
  /** With those that are stale. */
  readonly expiredCount: number;
  readonly nearExpiryCount: number;
  readonly staleCount: number;
  readonly leases: readonly TaskLease[];
  /** Those that exarp does not see: somebody is named, and no end. */
  readonly endless: readonly TaskLease[];
}

/** Sums up tasks that somebody holds, in their order. `nowMs` is unix time. */
export function reportLeases(tasks: readonly Task[], nowMs: number): LeasesReport {
  const all = tasks.flatMap((task) => (task.assignee === null ? [] : [leaseOf(task, task.assignee, nowMs)]));
  const leases = all.filter(({ band }) => band !== 'endless');
  const count = (...bands: readonly LeaseBand[]): number => leases.filter(({ band }) => bands.includes(band)).length;
  return {
    nowMs,
    expiredCount: count('expired', 'stale'),
    nearExpiryCount: count('near-expiry'),
    staleCount: count('stale'),
    leases,
    endless: all.filter(({ band }) => band === 'endless'),
  };
}

function leaseOf(task: Task, assignee: string, nowMs: number): TaskLease {
  const { id, assignedAtMs, lockUntilMs, status, version } = task;
  const band = leaseBand(lockUntilMs === null ? null : lockUntilMs / 1000, Math.floor(nowMs / 1000));
  const isOver = band === 'expired' || band === 'stale';
  const leftMs = lockUntilMs === null ? 0 : lockUntilMs - nowMs;
  return {
    taskId: id,
    assignee,
    assignedAtMs,
    lockUntilMs,
    status,
    version,
    band,
    remainingMs: isOver ? 0 : Math.max(0, leftMs),
    overMs: isOver ? -leftMs : 0,
  };
}
