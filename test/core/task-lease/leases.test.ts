import { existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { attachDatabase } from '../../../core/task-lease/attached-database';
import { describeResult } from '../../../core/task-lease/lease-results';
import { openTaskLeases } from '../../../core/task-lease/leases';
import { CannotOpenLeases, type WhyNotOpen } from '../../../core/task-lease/open-database';
import {
  handClock,
  openLeases,
  projectIn,
  projectOf,
  RECORDED_AT_S,
  recordedProject,
  tempFolder,
} from './todo-project';

const NOW_S = RECORDED_AT_S;
const ME = 'backend-agent-box-77';
const HOUR_MS = 3_600_000;

describe('claiming', () => {
  it('sets exactly the columns of a lease, and tells the task and its version', async () => {
    const project = recordedProject();
    const before = project.task('T-1006');
    const others = project.rows("SELECT * FROM tasks WHERE id <> 'T-1006'");
    const result = await openLeases(project).claimTaskForAgent('T-1006', ME, HOUR_MS);
    expect(result).toEqual({
      kind: 'claimed',
      task: {
        id: 'T-1006',
        content: before['content'],
        longDescription: before['long_description'],
        priority: before['priority'],
        status: 'In Progress',
        version: 2,
        assignee: ME,
        assignedAtMs: NOW_S * 1000,
        lockUntilMs: (NOW_S + 3600) * 1000,
      },
    });
    expect(project.task('T-1006')).toEqual({
      ...before,
      status: 'In Progress',
      version: 2,
      assignee: ME,
      assigned_at: NOW_S,
      lock_until: NOW_S + 3600,
      updated_at: NOW_S,
    });
    expect(
      project.rows(
        "SELECT typeof(assigned_at) a, typeof(lock_until) l, typeof(updated_at) u FROM tasks WHERE id = 'T-1006'",
      ),
    ).toEqual([{ a: 'integer', l: 'integer', u: 'integer' }]);
    // Bystanders, and the tables of activities and changes, are as they were.
    expect(project.rows("SELECT * FROM tasks WHERE id <> 'T-1006'")).toEqual(others);
    expect(project.rows('SELECT * FROM task_activities UNION ALL SELECT * FROM task_changes').length).toBe(0);
  });

  it('refuses a lease that runs, also to its own holder, to its last second', async () => {
    const clock = handClock(NOW_S);
    const leases = openLeases(recordedProject(), clock);
    await leases.claimTaskForAgent('T-1006', ME, 10_000);
    const held = { kind: 'held', taskId: 'T-1006', holder: ME, untilMs: (NOW_S + 10) * 1000 };
    expect(await leases.claimTaskForAgent('T-1006', 'other', HOUR_MS)).toEqual(held);
    expect(await leases.claimTaskForAgent('T-1006', ME, HOUR_MS)).toEqual(held);
    clock.nowS += 10;
    expect(await leases.claimTaskForAgent('T-1006', 'other', HOUR_MS)).toEqual(held);
    clock.nowS += 1;
    expect(await leases.claimTaskForAgent('T-1006', 'other', HOUR_MS)).toMatchObject({
      kind: 'claimed',
      task: { version: 3, assignee: 'other' },
    });
  });

  it.each([
    ['an expired one', "assignee = 'x', lock_until = 1"],
    ['one without an end', "assignee = 'x', lock_until = NULL"],
    ['one whose end is 0', "assignee = 'x', lock_until = 0"],
    ['one of nobody with an end', 'assignee = NULL, lock_until = 9999999999'],
    ['one of an empty name with an end', "assignee = '', lock_until = 9999999999"],
  ])('takes %s', async (_, lease) => {
    const project = recordedProject();
    project.run(`UPDATE tasks SET ${lease} WHERE id = 'T-1006'`);
    const result = await openLeases(project).claimTaskForAgent('T-1006', ME, HOUR_MS);
    expect(result).toMatchObject({ kind: 'claimed', task: { assignee: ME } });
  });

  it.each(['Review', 'Done', 'Blocked', 'Cancelled', 'todo', 'Odd\n'])('refuses a task that is %j', async (status) => {
    const project = recordedProject();
    project.run(`UPDATE tasks SET status = '${status}' WHERE id = 'T-1006'`);
    const before = project.task('T-1006');
    const result = await openLeases(project).claimTaskForAgent('T-1006', ME, HOUR_MS);
    expect(result).toEqual({ kind: 'not-claimable', taskId: 'T-1006', status });
    expect(project.task('T-1006')).toEqual(before);
  });

  it('says that there is no such task, whatever it is called', async () => {
    const leases = openLeases(recordedProject());
    for (const taskId of ['T-9', '', "'; DROP TABLE tasks; --", 't-1006']) {
      expect(await leases.claimTaskForAgent(taskId, ME, HOUR_MS)).toEqual({ kind: 'no-such-task', taskId });
    }
  });

  it('takes only the version that was expected', async () => {
    const leases = openLeases(recordedProject());
    expect(await leases.claimTaskForAgent('T-1005', ME, HOUR_MS, { expectedVersion: 2 })).toEqual({
      kind: 'conflict',
      taskId: 'T-1005',
      version: 3,
    });
    expect(await leases.claimTaskForAgent('T-1005', ME, HOUR_MS, { expectedVersion: 3 })).toMatchObject({
      kind: 'claimed',
      task: { version: 4 },
    });
  });

  it('refuses arguments that can mean nothing', async () => {
    const leases = openLeases(recordedProject());
    for (const leaseMs of [0, 999, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(leases.claimTaskForAgent('T-1006', ME, leaseMs)).rejects.toThrow(RangeError);
    }
    await expect(leases.claimTaskForAgent('T-1006', '', HOUR_MS)).rejects.toThrow(RangeError);
  });

  it('tells of a version that no double holds, instead of failing after it wrote', async () => {
    const project = recordedProject();
    project.run("UPDATE tasks SET version = 9007199254740993 WHERE id = 'T-1006'");
    expect(await openLeases(project).claimTaskForAgent('T-1006', ME, HOUR_MS)).toMatchObject({ kind: 'claimed' });
  });
});

describe('releasing, renewing and working', () => {
  it('a release is the assignee’s alone, and keeps the status', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const before = project.task('T-1000');
    const holder = 'backend-agent-buildbox-4242';
    expect(await leases.releaseTask('T-1000', 'backend-agent-buildbox')).toEqual({
      kind: 'not-assignee',
      taskId: 'T-1000',
      holder,
    });
    expect(project.task('T-1000')).toEqual(before);
    expect(await leases.releaseTask('T-1000', holder, { expectedVersion: 9 })).toEqual({
      kind: 'conflict',
      taskId: 'T-1000',
      version: 2,
    });
    expect(await leases.releaseTask('T-1000', holder)).toEqual({ kind: 'released', taskId: 'T-1000' });
    expect(project.task('T-1000')).toEqual({
      ...before,
      assignee: null,
      assigned_at: null,
      lock_until: null,
      version: 3,
      updated_at: NOW_S,
    });
    expect(await leases.releaseTask('T-1000', holder)).toEqual({
      kind: 'not-assignee',
      taskId: 'T-1000',
      holder: null,
    });
    expect(await leases.releaseTask('T-9', holder)).toEqual({ kind: 'no-such-task', taskId: 'T-9' });
  });

  it('a renewal is the assignee’s alone, and moves the end and nothing else', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const before = project.task('T-1002');
    expect(await leases.renewLease('T-1002', 'other', 60_000)).toMatchObject({ kind: 'not-assignee' });
    expect(await leases.renewLease('T-1002', 'docs-agent-buildbox-4244', 60_000)).toEqual({
      kind: 'renewed',
      taskId: 'T-1002',
      version: 3,
      untilMs: (NOW_S + 60) * 1000,
    });
    expect(project.task('T-1002')).toEqual({ ...before, lock_until: NOW_S + 60, version: 3, updated_at: NOW_S });
  });

  it('a status is set by the assignee alone, on the version that was expected', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const holder = 'backend-agent-buildbox-4242';
    const before = project.task('T-1000');
    expect(await leases.updateTaskStatus('T-1000', 'other', 'Done')).toMatchObject({ kind: 'not-assignee', holder });
    expect(await leases.updateTaskStatus('T-1000', holder, 'Done', { expectedVersion: 1 })).toMatchObject({
      kind: 'conflict',
      version: 2,
    });
    expect(await leases.updateTaskStatus('T-1000', holder, 'Review', { expectedVersion: 2 })).toEqual({
      kind: 'updated',
      taskId: 'T-1000',
      version: 3,
      status: 'Review',
    });
    expect(project.task('T-1000')).toEqual({ ...before, status: 'Review', version: 3, updated_at: NOW_S });
  });
});

describe('the cleanup', () => {
  it('ends what is over, gives begun work back, keeps any other status, and touches nothing else', async () => {
    const project = recordedProject();
    project.run(
      "UPDATE tasks SET status = 'Review' WHERE id = 'T-1003'",
      "UPDATE tasks SET assignee = 'Ada' WHERE id = 'T-1006'",
    );
    const before = Object.fromEntries(
      project.rows('SELECT * FROM tasks').map((row) => [String(row['id']), { ...row }]),
    );
    const leases = openLeases(project);
    expect(await leases.cleanupExpiredLocks()).toEqual({
      kind: 'cleaned',
      leases: [
        {
          taskId: 'T-1003',
          holder: 'backend-agent-buildbox-4245',
          untilMs: 1_795_255_297_000,
          statusBefore: 'Review',
        },
        {
          taskId: 'T-1002',
          holder: 'docs-agent-buildbox-4244',
          untilMs: 1_795_255_697_000,
          statusBefore: 'In Progress',
        },
      ],
    });
    const ended = { assignee: null, assigned_at: null, lock_until: null, version: 3, updated_at: NOW_S };
    expect(
      Object.fromEntries(project.rows('SELECT * FROM tasks').map((row) => [String(row['id']), { ...row }])),
    ).toEqual({
      ...before,
      'T-1002': { ...before['T-1002'], ...ended, status: 'Todo' },
      'T-1003': { ...before['T-1003'], ...ended, status: 'Review' },
    });
    expect(await leases.cleanupExpiredLocks()).toEqual({ kind: 'cleaned', leases: [] });
  });
});

describe('a batch', () => {
  it('takes all, each task once', async () => {
    const project = recordedProject();
    const result = await openLeases(project).batchClaimTasks(['T-1006', 'T-1007', 'T-1006'], ME, HOUR_MS);
    expect(result).toMatchObject({ kind: 'claimed', tasks: [{ id: 'T-1006' }, { id: 'T-1007' }] });
    expect(project.task('T-1006')).toMatchObject({ assignee: ME, version: 2 });
    expect(project.task('T-1007')).toMatchObject({ assignee: ME, version: 2 });
  });

  it('takes none when one refuses, and says each of those and who holds it', async () => {
    const project = recordedProject();
    const before = project.rows('SELECT * FROM tasks');
    const result = await openLeases(project).batchClaimTasks(['T-1006', 'T-1000', 'T-9', 'T-1007'], ME, HOUR_MS);
    expect(result).toEqual({
      kind: 'refused',
      refusals: [
        { kind: 'held', taskId: 'T-1000', holder: 'backend-agent-buildbox-4242', untilMs: 1_795_257_496_000 },
        { kind: 'no-such-task', taskId: 'T-9' },
      ],
    });
    expect(describeResult(result)).toBe(
      'No task was claimed. Task T-1000 is held by backend-agent-buildbox-4242 until 2026-11-21T10:38:16Z. There is no task T-9.',
    );
    expect(project.rows('SELECT * FROM tasks')).toEqual(before);
  });

  it('and a cleanup keep others from writing from their first look on', async () => {
    const project = recordedProject();
    const other = attachDatabase(project.database, 0);
    const clock = handClock(NOW_S);
    const leases = openLeases(project, clock);
    const tries: string[] = [];
    // The time is asked for when it has begun, and before it has written anything.
    clock.nowMs = () => {
      try {
        other.connection.exec("UPDATE tasks SET content = 'between' WHERE id = 'T-1007'");
        tries.push('written');
      } catch (error) {
        tries.push(error instanceof Error ? error.message : '');
      }
      return NOW_S * 1000;
    };
    expect(await leases.cleanupExpiredLocks()).toMatchObject({ kind: 'cleaned', leases: { length: 2 } });
    expect(await leases.batchClaimTasks(['T-1006'], ME, HOUR_MS)).toMatchObject({ kind: 'claimed' });
    expect(tries).toEqual(['database is locked', 'database is locked']);
    other.close();
  });

  it('of nothing is claimed, and of too many is refused', async () => {
    const leases = openLeases(projectOf(1));
    expect(await leases.batchClaimTasks([], ME, HOUR_MS)).toEqual({ kind: 'claimed', tasks: [] });
    const many = Array.from({ length: 1_001 }, (_, i) => `T-${i.toString()}`);
    await expect(leases.batchClaimTasks(many, ME, HOUR_MS)).rejects.toThrow(RangeError);
  });
});

describe('a database that others write to', () => {
  it('is tried three times, and is then busy, with nothing written', async () => {
    const project = recordedProject();
    const before = project.task('T-1006');
    const leases = openLeases(project);
    const other = attachDatabase(project.database, 0);
    other.connection.exec('BEGIN IMMEDIATE');
    const startedMs = performance.now();
    const result = await leases.claimTaskForAgent('T-1006', ME, HOUR_MS);
    const tookMs = performance.now() - startedMs;
    other.connection.exec('ROLLBACK');
    other.close();
    expect(result).toEqual({ kind: 'busy', attempts: 3 });
    // Two waits of 100 and 200 ms, and three times the 100 ms that SQLite itself waits.
    expect(tookMs).toBeGreaterThan(550);
    expect(tookMs).toBeLessThan(3_000);
    expect(project.task('T-1006')).toEqual(before);
  });

  it('is written by a later attempt, once', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const other = attachDatabase(project.database, 0);
    other.connection.exec('BEGIN IMMEDIATE');
    const claim = leases.claimTaskForAgent('T-1006', ME, HOUR_MS);
    other.connection.exec('ROLLBACK');
    other.close();
    expect(await claim).toMatchObject({ kind: 'claimed', task: { version: 2 } });
    expect(project.task('T-1006')).toMatchObject({ assignee: ME, version: 2 });
  });

  it('is given up when the call is aborted', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const other = attachDatabase(project.database, 0);
    other.connection.exec('BEGIN IMMEDIATE');
    const ending = new AbortController();
    const claim = leases.claimTaskForAgent('T-1006', ME, HOUR_MS, { signal: ending.signal });
    const reason = new Error('the agent ends');
    ending.abort(reason);
    await expect(claim).rejects.toBe(reason);
    other.connection.exec('ROLLBACK');
    other.close();
    expect(project.task('T-1006')).toMatchObject({ assignee: null, version: 1 });
    await expect(leases.releaseTask('T-1000', ME, { signal: ending.signal })).rejects.toBe(reason);
  });

  it('is not written where a batch cannot begin', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const other = attachDatabase(project.database, 0);
    other.connection.exec('BEGIN IMMEDIATE');
    expect(await leases.batchClaimTasks(['T-1006'], ME, HOUR_MS)).toMatchObject({ kind: 'busy' });
    other.connection.exec('ROLLBACK');
    other.close();
    expect(await leases.batchClaimTasks(['T-1006'], ME, HOUR_MS)).toMatchObject({ kind: 'claimed' });
  });
});

describe('values that are not understood', () => {
  it.each([
    ['an end that is a word', "assignee = 'x', lock_until = 'tomorrow'"],
    ['a holder that is a blob', "assignee = x'6d65', lock_until = 9999999999"],
  ])('are said to be so, and nobody is said to be busy: %s', async (_, values) => {
    const project = projectOf(1);
    project.run(`UPDATE tasks SET ${values}`);
    const leases = openLeases(project);
    const result = await leases.claimTaskForAgent('T-1', ME, HOUR_MS);
    expect(result.kind).toBe('failed');
    expect(describeResult(result)).toContain('is not understood');
    const batch = await leases.batchClaimTasks(['T-1'], ME, HOUR_MS);
    expect(batch.kind).toBe('failed');
  });
});

describe('opening and closing', () => {
  function whyNot(database: string): WhyNotOpen | null {
    try {
      openTaskLeases(database, { clock: handClock(NOW_S) }).close();
      return null;
    } catch (error) {
      if (error instanceof CannotOpenLeases) return error.why;
      throw error;
    }
  }

  it('never makes a database', () => {
    const project = projectIn(tempFolder());
    expect(whyNot(project.database)).toBe('missing');
    expect(existsSync(project.database)).toBe(false);
  });

  it('says why something else cannot be opened, and leaves it as it is', () => {
    const project = projectIn(tempFolder());
    expect(whyNot(path.dirname(project.database))).toBe('unreadable');
    writeFileSync(project.database, 'this is no database, and long enough to be looked at'.repeat(50));
    expect(whyNot(project.database)).toBe('unreadable');
    writeFileSync(project.database, '');
    expect(whyNot(project.database)).toBe('no-tasks-table');
    project.run("CREATE VIEW todo.tasks AS SELECT 1 AS id, 'Todo' AS status");
    expect(whyNot(project.database)).toBe('no-tasks-table');
    expect(project.files()).toEqual(['todo2.db']);
  });

  it.each([
    ['triggers', "CREATE TRIGGER todo.t AFTER UPDATE ON tasks BEGIN UPDATE tasks SET content = 'x'; END"],
    ['computed columns', 'ALTER TABLE tasks ADD COLUMN status_enum INTEGER AS (length(status))'],
  ])('does not write into tasks that have %s', (_, sql) => {
    const project = recordedProject();
    project.run(sql);
    expect(whyNot(project.database)).toBe('not-understood');
  });

  it('waits a second for a database that somebody has to himself, and says that it is busy', () => {
    const project = recordedProject();
    project.run('PRAGMA todo.journal_mode = delete');
    const other = attachDatabase(project.database, 0);
    other.connection.exec('BEGIN EXCLUSIVE');
    const startedMs = performance.now();
    expect(whyNot(project.database)).toBe('busy');
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    other.connection.exec('ROLLBACK');
    other.close();
    expect(whyNot(project.database)).toBe(null);
  });

  it('says which columns a tasks table lacks, and changes nothing', () => {
    const project = projectIn(tempFolder());
    writeFileSync(project.database, '');
    project.run('CREATE TABLE todo.tasks (id TEXT PRIMARY KEY, status TEXT, version INTEGER)');
    expect(() => openTaskLeases(project.database, { clock: handClock(NOW_S) })).toThrow(
      'The tasks table has no assignee, assigned_at, lock_until: it needs the migration (lockscope migrate).',
    );
    expect(project.rows('PRAGMA table_info(tasks)')).toHaveLength(3);
  });

  it('leaves no file beside the database, also while its statements live', async () => {
    const project = recordedProject();
    const one = openTaskLeases(project.database, { clock: handClock(NOW_S) });
    const two = openTaskLeases(project.database, { clock: handClock(NOW_S) });
    await one.claimTaskForAgent('T-1006', ME, HOUR_MS);
    await two.batchClaimTasks(['T-1005', 'T-1007'], ME, HOUR_MS);
    await two.taskLeases();
    one.close();
    expect(project.files()).toEqual(['todo2.db', 'todo2.db-shm', 'todo2.db-wal']);
    two.close();
    expect(project.files()).toEqual(['todo2.db']);
    two.close();
    expect(await two.claimTaskForAgent('T-1006', ME, HOUR_MS)).toMatchObject({ kind: 'failed' });
    expect(project.task('T-1006')).toMatchObject({ assignee: ME });
  });

  it('writes nothing into a database that was moved out of its place', async () => {
    const project = recordedProject();
    const leases = openLeases(project);
    const elsewhere = path.join(project.folder, 'before.db');
    const replacement = recordedProject();
    renameSync(project.database, elsewhere);
    expect(await leases.claimTaskForAgent('T-1006', ME, HOUR_MS)).toMatchObject({ kind: 'failed' });
    renameSync(replacement.database, project.database);
    await wait(5);
    const result = await leases.claimTaskForAgent('T-1006', ME, HOUR_MS);
    expect(describeResult(result)).toBe(
      'The database cannot be used: another file has taken its place; open it again.',
    );
    expect(project.task('T-1006')).toMatchObject({ assignee: null, version: 1 });
  });

  it('writes a newer table, whose columns are never NULL and whose status is a number too', async () => {
    const project = projectIn(tempFolder());
    writeFileSync(project.database, '');
    project.run(
      `CREATE TABLE todo.tasks (id TEXT PRIMARY KEY, status TEXT NOT NULL, status_enum INTEGER NOT NULL,
        version INTEGER NOT NULL DEFAULT 1, assignee TEXT NOT NULL DEFAULT '', assigned_at INTEGER NOT NULL DEFAULT 0,
        lock_until INTEGER NOT NULL DEFAULT 0,
        CHECK (status_enum = CASE status WHEN 'Todo' THEN 1 WHEN 'In Progress' THEN 2 WHEN 'Review' THEN 3
          WHEN 'Done' THEN 4 WHEN 'Blocked' THEN 5 WHEN 'Cancelled' THEN 6 ELSE 0 END))`,
      "INSERT INTO tasks (id, status, status_enum) VALUES ('T-1', 'Todo', 1), ('T-2', 'Todo', 1)",
    );
    const clock = handClock(NOW_S);
    const leases = openLeases(project, clock);
    const free = project.task('T-2');
    expect(await leases.claimTaskForAgent('T-1', ME, 10_000)).toMatchObject({
      kind: 'claimed',
      task: { content: null },
    });
    expect(await leases.updateTaskStatus('T-1', ME, 'Blocked')).toMatchObject({ kind: 'updated' });
    expect(await leases.updateTaskStatus('T-1', ME, 'In Progress')).toMatchObject({ kind: 'updated' });
    clock.nowS += 11;
    // The free one, with an end of 0, is not one that is over.
    expect(await leases.cleanupExpiredLocks()).toMatchObject({ leases: [{ taskId: 'T-1' }] });
    expect(project.task('T-1')).toEqual({ ...free, id: 'T-1', version: 5 });
    expect(project.task('T-2')).toEqual(free);
    expect(await leases.claimTaskForAgent('T-1', ME, 10_000)).toMatchObject({ kind: 'claimed' });
    expect(await leases.releaseTask('T-1', ME)).toMatchObject({ kind: 'released' });
    expect(project.task('T-1')).toEqual({ ...free, id: 'T-1', status: 'In Progress', status_enum: 2, version: 7 });
  });
});
