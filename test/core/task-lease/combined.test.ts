import { describe, expect, it, onTestFinished } from 'vitest';
import { taskLock } from '../../../core/file-lock';
import { claimTaskWithLock, type TaskFileLock } from '../../../core/task-lease/combined';
import { openLeases, recordedProject, type TodoProject } from './todo-project';

const CLAIM = { taskId: 'T-1006', agentId: 'me', leaseMs: 60_000 };

/** A handle on the real lock of a task, and what it was asked to do. */
function lockOf(project: TodoProject, taskId = CLAIM.taskId): TaskFileLock & { readonly isHeld: boolean } {
  const outcome = taskLock(project.folder, taskId);
  if (outcome.kind !== 'ready') throw new Error(outcome.reason);
  onTestFinished(() => {
    outcome.lock.close();
  });
  return outcome.lock;
}

async function isFree(project: TodoProject): Promise<boolean> {
  const lock = lockOf(project);
  const locked = await lock.lock({ timeoutMs: 0 });
  lock.close();
  return locked.kind === 'locked';
}

describe.skipIf(process.platform === 'win32')('a task taken with its file lock and its lease', () => {
  it('has both, and gives back the lease first', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const result = await claimTaskWithLock(leases, lockOf(project), CLAIM);
    if (result.kind !== 'claimed') throw new Error(result.kind);
    expect(result.held.task).toMatchObject({ id: 'T-1006', assignee: 'me' });
    expect(await isFree(project)).toBe(false);
    expect(project.task('T-1006')).toMatchObject({ assignee: 'me' });

    const order: string[] = [];
    const watched: TaskFileLock = {
      lock: () => Promise.resolve({ kind: 'locked' }),
      close: () => order.push(`file lock, while the lease is of ${String(project.task('T-1007')['assignee'])}`),
    };
    const other = await claimTaskWithLock(leases, watched, { ...CLAIM, taskId: 'T-1007' });
    if (other.kind === 'claimed') await other.held.release();
    expect(order).toEqual(['file lock, while the lease is of null']);

    expect(await result.held.release()).toMatchObject({ kind: 'released' });
    expect(await isFree(project)).toBe(true);
    expect(await result.held.release()).toMatchObject({ kind: 'not-assignee' });
  });

  it('does not ask for the lease while somebody else has the file lock', async () => {
    const project = recordedProject();
    const theirs = lockOf(project);
    await theirs.lock({});
    const ours = lockOf(project);
    const before = project.task('T-1006');
    const result = await claimTaskWithLock(openLeases(project), ours, CLAIM, { lockTimeoutMs: 30 });
    expect(result).toMatchObject({ kind: 'lock-busy' });
    expect(project.task('T-1006')).toEqual(before);
    theirs.close();
    expect(await isFree(project)).toBe(true);
  });

  it('gives the file lock back where the lease is refused', async () => {
    const project = recordedProject();
    const claim = { ...CLAIM, taskId: 'T-1000' };
    const result = await claimTaskWithLock(openLeases(project), lockOf(project), claim);
    expect(result).toMatchObject({ kind: 'held', holder: 'backend-agent-buildbox-4242' });
    expect(await isFree(project)).toBe(true);
  });

  it('gives the file lock back where the call can mean nothing, or is aborted half way', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    await expect(claimTaskWithLock(leases, lockOf(project), { ...CLAIM, leaseMs: 0 })).rejects.toThrow(RangeError);
    expect(await isFree(project)).toBe(true);
    const ending = new AbortController();
    const lock = lockOf(project);
    const aborting: TaskFileLock = {
      lock: async (options) => {
        const locked = await lock.lock(options);
        ending.abort(new Error('half way'));
        return locked;
      },
      close: () => {
        lock.close();
      },
    };
    await expect(claimTaskWithLock(leases, aborting, CLAIM, { signal: ending.signal })).rejects.toThrow('half way');
    expect(await isFree(project)).toBe(true);
    expect(project.task('T-1006')).toMatchObject({ assignee: null });
    await expect(claimTaskWithLock(leases, lockOf(project), CLAIM, { signal: ending.signal })).rejects.toThrow(
      'half way',
    );
  });

  it('gives the file lock back although the lease could not be ended, which then still keeps others away', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const result = await claimTaskWithLock(leases, lockOf(project), CLAIM);
    if (result.kind !== 'claimed') throw new Error(result.kind);
    leases.close();
    expect(await result.held.release()).toMatchObject({ kind: 'failed' });
    expect(await isFree(project)).toBe(true);
    expect(project.task('T-1006')).toMatchObject({ assignee: 'me' });
  });
});
