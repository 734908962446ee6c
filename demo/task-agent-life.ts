import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { gitSyncLock, taskLock } from '../core/file-lock';
import type { Clock } from '../core/host/host';
import { getAgentId, openTaskLeases } from '../core/task-lease';
import { claimTaskWithLock } from '../core/task-lease/combined';
import { between } from './between';
import type { TaskHabit } from './habits';
import { DEMO_TASK_IDS, taskDatabase } from './tasks';

/** Longer than anybody holds what it waits for. */
const WAITS_MS = 60_000;

/**
 * Lives as its habit says: takes a task by its file lock and its lease, works, gives both back, and pushes what it did,
 * one agent at a time. Rejects when the project is gone.
 */
export async function runTaskAgent(project: string, habit: TaskHabit, clock: Clock): Promise<never> {
  const leases = openTaskLeases(taskDatabase(project), { clock });
  const agentId = getAgentId({ type: habit.name });
  await wait(habit.firstRest);
  for (;;) {
    if (!existsSync(project)) throw new Error('The project is gone.');
    const taskId = DEMO_TASK_IDS[Math.floor(Math.random() * DEMO_TASK_IDS.length)] ?? '';
    const lock = taskLock(project, taskId);
    if (lock.kind === 'refused') throw new Error(lock.reason);
    const claim = { taskId, agentId, leaseMs: habit.lease };
    const claimed = await claimTaskWithLock(leases, lock.lock, claim, { lockTimeoutMs: 200 });
    if (claimed.kind === 'claimed') {
      await wait(between(habit.work));
      // An operator may have taken the task away: then there is nothing to release but the file.
      await claimed.held.release();
      await push(project, habit);
    }
    await wait(between(habit.rest));
  }
}

/** Only one at a time; the others ask again and again. */
async function push(project: string, habit: TaskHabit): Promise<void> {
  const sync = gitSyncLock(project, { kind: 'flock' });
  if (sync.kind === 'refused') throw new Error(sync.reason);
  try {
    const locked = await sync.lock.lock({ timeoutMs: WAITS_MS });
    if (locked.kind === 'locked') await wait(between(habit.push));
  } finally {
    sync.lock.close();
  }
}
