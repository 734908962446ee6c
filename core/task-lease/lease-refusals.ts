import type { ClaimRefusal, OwnerRefusal, Task } from './lease-results';
import { CLAIMABLE_STATUSES } from './schema';

/** Why a task, as it is now, cannot be claimed at `nowS` (unix seconds); null where nothing stands against it. Pure. */
export function claimRefusal(
  taskId: string,
  task: Task | null,
  nowS: number,
  expected: number | null,
): ClaimRefusal | null {
  if (task === null) return { kind: 'no-such-task', taskId };
  const { assignee, lockUntilMs, status, version } = task;
  if (!CLAIMABLE_STATUSES.some((word) => word === status)) return { kind: 'not-claimable', taskId, status };
  if (assignee !== null && lockUntilMs !== null && lockUntilMs >= nowS * 1000) {
    return { kind: 'held', taskId, holder: assignee, untilMs: lockUntilMs };
  }
  return expected === null || expected === version ? null : { kind: 'conflict', taskId, version };
}

/** Why `agent` cannot write a task as its holder; null where nothing stands against it. Pure. */
export function ownerRefusal(
  taskId: string,
  task: Task | null,
  agent: string,
  expected: number | null,
): OwnerRefusal | null {
  if (task === null) return { kind: 'no-such-task', taskId };
  const { assignee, version } = task;
  if (assignee !== agent) return { kind: 'not-assignee', taskId, holder: assignee };
  return expected === null || expected === version ? null : { kind: 'conflict', taskId, version };
}
