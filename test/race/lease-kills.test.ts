import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { handClock, openLeases, projectBefore, projectOf, type TodoProject } from '../core/task-lease/todo-project';
import type { LeaseTask } from './lease.worker';
import { startWorker, type Worker } from './workers';

const LEASE_S = 600;
const nowS = (): number => Math.floor(Date.now() / 1000);

async function kill(worker: Worker): Promise<void> {
  worker.child.kill('SIGKILL');
  expect(await worker.ended).toMatchObject({ signal: 'SIGKILL' });
}

function expectSound(project: TodoProject): void {
  expect(project.rows('PRAGMA todo.integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  // What a dead process left beside the database goes with the next one that closes it.
  expect(project.files()).toEqual(['todo2.db']);
}

/** After every lease is over, each task is there to be taken. */
async function expectNothingStuck(project: TodoProject, count: number): Promise<void> {
  const leases = openLeases(project, handClock(nowS() + LEASE_S + 1));
  for (let i = 1; i <= count; i += 1) {
    expect(await leases.claimTaskForAgent(`T-${i.toString()}`, 'next', 60_000)).toMatchObject({ kind: 'claimed' });
  }
  leases.close();
}

describe('agents that are killed', () => {
  it('in the middle of a transaction: it never was, and nobody waits for it', async () => {
    const project = projectOf(50);
    const before = project.rows('SELECT * FROM tasks');
    const worker = await startWorker('lease.worker.ts');
    const task: LeaseTask = { kind: 'in-transaction', database: project.database };
    expect(await worker.ask(task)).toBe('changed');
    const leases = openLeases(project, handClock(nowS()));
    expect(await leases.claimTaskForAgent('T-1', 'me', 60_000)).toMatchObject({ kind: 'busy' });
    await kill(worker);
    expect(await leases.claimTaskForAgent('T-1', 'me', 60_000)).toMatchObject({
      kind: 'claimed',
      task: { version: 2 },
    });
    leases.close();
    expect(project.rows("SELECT * FROM tasks WHERE id <> 'T-1'")).toEqual(before.filter((row) => row['id'] !== 'T-1'));
    expectSound(project);
    await expectNothingStuck(project, 0);
  });

  it('in the middle of a lease: it holds to its last second, and not longer', async () => {
    const project = projectOf(1);
    const worker = await startWorker('lease.worker.ts');
    const task: LeaseTask = { kind: 'hold', database: project.database, agent: 'dead', task: 'T-1' };
    const claimed = await worker.ask<{ readonly task: { readonly lockUntilMs: number } }>(task);
    await kill(worker);
    const leases = openLeases(project, { nowMs: () => Date.now() });
    const untilMs = claimed.task.lockUntilMs;
    for (;;) {
      const beforeS = nowS();
      const result = await leases.claimTaskForAgent('T-1', 'next', 60_000);
      if (result.kind === 'claimed') {
        // Not before its last second was over.
        expect(nowS() * 1000).toBeGreaterThan(untilMs);
        break;
      }
      expect(result).toEqual({ kind: 'held', taskId: 'T-1', holder: 'dead', untilMs });
      expect(beforeS * 1000).toBeLessThanOrEqual(untilMs);
      await wait(50);
    }
    leases.close();
    expectSound(project);
  });

  it('again and again at any moment: no batch is ever in pieces, and nothing is stuck past its lease', async () => {
    const TASKS = 40;
    const project = projectOf(TASKS);
    const tasks = Array.from({ length: TASKS }, (_, i) => `T-${(i + 1).toString()}`);
    let leased = 0;
    for (let round = 0; round < 12; round += 1) {
      const workers = await Promise.all(Array.from({ length: 3 }, () => startWorker('lease.worker.ts')));
      const begun = workers.map((worker, i) => {
        const task: LeaseTask = {
          kind: 'until-killed',
          database: project.database,
          agent: `agent-${round.toString()}-${i.toString()}`,
          tasks,
        };
        return worker.ask(task);
      });
      await Promise.race(begun);
      await wait(Math.random() * 40);
      // One after the other: the last ones go on beside what the first left.
      for (const worker of workers) await kill(worker);
      await Promise.allSettled(begun);
      // Who holds any of them was killed with a whole batch, or while giving one back: then its first ones are free.
      const held = project.rows('SELECT id, assignee FROM tasks WHERE assignee IS NOT NULL ORDER BY rowid');
      expect(new Set(held.map((row) => row['assignee'])).size).toBeLessThanOrEqual(1);
      expect(held.map((row) => row['id'])).toEqual(tasks.slice(TASKS - held.length));
      if (held.length > 0) leased += 1;
      expectSound(project);
      await expectNothingStuck(project, TASKS);
      project.run("UPDATE tasks SET assignee = NULL, assigned_at = NULL, lock_until = NULL, status = 'Todo'");
    }
    // Some were killed with a lease: otherwise this shows nothing.
    expect(leased).toBeGreaterThan(0);
  }, 60_000);
});

describe('a migration that is killed', () => {
  it('leaves the table as it was, or whole, and can be done again', async () => {
    const seen = { before: 0, whole: 0 };
    for (const afterMs of [0, 0, 0, 1, 2, 4, 8, 12, 16, null]) {
      const project = projectBefore();
      project.run('UPDATE tasks SET content = hex(zeroblob(200000))');
      const worker = await startWorker('lease.worker.ts');
      const task: LeaseTask = { kind: 'migrate', database: project.database };
      expect(await worker.ask(task)).toBe('planned');
      // The last one is let through.
      if (afterMs === null) await once(worker.child, 'message');
      else await wait(afterMs);
      worker.child.kill('SIGKILL');
      await worker.ended;
      const columns = project
        .rows("SELECT name FROM pragma_table_info('tasks', 'todo')")
        .filter(({ name }) => ['version', 'assignee', 'assigned_at', 'lock_until'].includes(String(name)));
      const indexes = project.rows(
        "SELECT name FROM todo.sqlite_master WHERE name IN ('idx_tasks_status_assignee', 'idx_tasks_lock_until', 'idx_tasks_id_version')",
      );
      expect([0, 4]).toContain(columns.length);
      expect(indexes).toHaveLength(columns.length === 4 ? 3 : 0);
      seen[columns.length === 4 ? 'whole' : 'before'] += 1;
      expect(project.rows('PRAGMA todo.integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(project.files().filter((name) => !name.startsWith('todo2.db.backup-'))).toEqual(['todo2.db']);
    }
    // Killed early and late: otherwise this shows nothing.
    expect(seen.before).toBeGreaterThan(0);
    expect(seen.whole).toBeGreaterThan(0);
  }, 60_000);
});
