import { spawnSync } from 'node:child_process';
import { chmodSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Host } from '../../../../core/host/host';
import type { ActionResult, Claim, ClaimAction, PlanOutcome } from '../../../../core/model';
import { attachDatabase } from '../../../../core/task-lease/attached-database';
import type { TaskLeaseSource } from '../../../../core/task-lease/source/task-lease-source';
import { handClock, RECORDED_AT_S, recordedProject, type TodoProject } from '../todo-project';
import { leasesHost, readOnce, removeProgramsAfterwards, sourceOf } from './leases-host';

removeProgramsAfterwards();

interface Stage {
  readonly project: TodoProject;
  readonly source: TaskLeaseSource;
  readonly host: Host;
  readonly claims: ReadonlyMap<string, Claim>;
}

async function stage(change: readonly string[] = []): Promise<Stage> {
  const project = recordedProject();
  project.run(...change);
  const host = await leasesHost(handClock(RECORDED_AT_S));
  const source = sourceOf(project, host);
  const { upserted } = await readOnce(source);
  return { project, source, host, claims: new Map(upserted.map((claim) => [claim.resource, claim])) };
}

function planOf(
  { source, claims }: Pick<Stage, 'source' | 'claims'>,
  action: ClaimAction,
  resources: readonly string[],
  actAs: string | null = null,
): Promise<PlanOutcome> {
  const wanted = resources.map((resource) => ({ claimId: `task:${resource}`, seen: claims.get(resource)!.seen }));
  return source.plan({ action, claims: wanted, actAs });
}

async function planned(...args: Parameters<typeof planOf>) {
  const outcome = await planOf(...args);
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

async function commit(
  { source }: Pick<Stage, 'source'>,
  plan: Parameters<TaskLeaseSource['commit']>[0],
): Promise<ActionResult> {
  return source.commit(plan, { reason: 'test', signal: new AbortController().signal });
}

function lease(project: TodoProject, id: string) {
  const { status, version, assignee, assigned_at, lock_until } = project.task(id);
  return { status, version, assignee, assigned_at, lock_until };
}

const FREE = { assignee: null, assigned_at: null, lock_until: null };

it('shows what it would write, row by row, and writes nothing yet', async () => {
  const on = await stage();
  const before = on.project.rows('SELECT * FROM tasks');

  const plan = await planned(on, 'reap', ['T-1003']);

  expect(plan.writes).toHaveLength(1);
  const [write] = plan.writes;
  expect(write?.file).toBe('.todo2/todo2.db');
  expect(write?.content).toContain("WHERE id = 'T-1003' AND assignee IS 'backend-agent-buildbox-4245'");
  expect(write?.content).toContain('AND assigned_at IS 1795255295 AND lock_until IS 1795255297;');
  expect(write?.content).toContain("-- status: 'In Progress' → 'Todo'");
  expect(write?.content).toContain('-- version: 2 → 3');
  expect(plan.consequence).toContain('goes back from "In Progress" to "Todo"');
  expect(plan.warnings.join(' ')).toContain('may still write');
  expect(plan.undo).toContain("Can't be undone");
  expect(on.project.rows('SELECT * FROM tasks')).toEqual(before);
  expect(on.project.files()).toEqual(['todo2.db']);
});

it('reaps: the lease is cleared, In Progress becomes Todo, and nothing else of any table changes', async () => {
  const on = await stage();
  const others = "SELECT * FROM tasks WHERE id <> 'T-1003'";
  const before = on.project.rows(others);

  const result = await commit(on, await planned(on, 'reap', ['T-1003']));

  expect(result).toMatchObject({ kind: 'done', message: 'Reaped task T-1003.', warnings: [] });
  expect(lease(on.project, 'T-1003')).toEqual({ status: 'Todo', version: 3, ...FREE });
  expect(on.project.task('T-1003')['updated_at']).toBe(RECORDED_AT_S);
  expect(on.project.rows(others)).toEqual(before);
  expect(on.project.rows('SELECT count(*) AS count FROM task_changes')).toEqual([{ count: 0 }]);
  expect(on.project.files()).toEqual(['todo2.db']);
  const after = await readOnce(on.source);
  expect(after.removed).toEqual(['task:T-1003']);
  expect(after.transitions).toMatchObject([{ claimId: 'task:T-1003', kind: 'reaped', basis: 'observed' }]);
  expect(await on.source.history('task:T-1003', 10)).toHaveLength(1);
});

it('keeps any other status when it reaps', async () => {
  const on = await stage(["UPDATE tasks SET status = 'Review' WHERE id = 'T-1003'"]);
  expect((await commit(on, await planned(on, 'reap', ['T-1003']))).kind).toBe('done');
  expect(lease(on.project, 'T-1003')).toEqual({ status: 'Review', version: 3, ...FREE });
});

it('releases in the name of the holder alone, and keeps the status', async () => {
  const on = await stage();
  expect(await planOf(on, 'release', ['T-1000'], 'backend-agent')).toMatchObject({ kind: 'refused' });
  expect(await planOf(on, 'release', ['T-1000'])).toMatchObject({ kind: 'refused' });

  const result = await commit(on, await planned(on, 'release', ['T-1000'], 'backend-agent-buildbox-4242'));

  expect(result.kind).toBe('done');
  expect(lease(on.project, 'T-1000')).toEqual({ status: 'In Progress', version: 3, ...FREE });
  expect((await readOnce(on.source)).transitions).toMatchObject([{ kind: 'released' }]);
});

it('takes a running lease away by force, with a reason and a typed confirmation', async () => {
  const on = await stage();
  expect(await planOf(on, 'reap', ['T-1000'])).toMatchObject({ kind: 'refused' });
  const plan = await planned(on, 'force-release', ['T-1000']);
  expect(plan.needs).toEqual({ reason: true, confirmation: 'T-1000' });
  expect((await commit(on, plan)).kind).toBe('done');
  expect(lease(on.project, 'T-1000')).toEqual({ status: 'In Progress', version: 3, ...FREE });
});

it('reaps several in one transaction, all or none', async () => {
  const on = await stage();
  const plan = await planned(on, 'reap', ['T-1002', 'T-1003']);
  expect(plan).toMatchObject({ resource: '2 tasks', holder: null });
  on.project.run("UPDATE tasks SET lock_until = 1795257777 WHERE id = 'T-1003'");

  expect(await commit(on, plan)).toMatchObject({ kind: 'conflict' });
  expect(lease(on.project, 'T-1002')).toMatchObject({ version: 2, assignee: 'docs-agent-buildbox-4244' });

  on.project.run("UPDATE tasks SET lock_until = 1795255297 WHERE id = 'T-1003'");
  expect(await commit(on, plan)).toMatchObject({ kind: 'done', message: 'Reaped 2 tasks.' });
  expect(lease(on.project, 'T-1002')).toMatchObject({ status: 'Todo', ...FREE });
  expect(lease(on.project, 'T-1003')).toMatchObject({ status: 'Todo', ...FREE });
});

const MEANWHILE: readonly (readonly [string, string, 'done' | 'conflict'])[] = [
  ['was renewed', "UPDATE tasks SET lock_until = lock_until + 1 WHERE id = 'T-1003'", 'conflict'],
  ['was taken by another', "UPDATE tasks SET assignee = 'x', version = version + 1 WHERE id = 'T-1003'", 'conflict'],
  ['was taken again by the same', "UPDATE tasks SET assigned_at = assigned_at + 1 WHERE id = 'T-1003'", 'conflict'],
  [
    'was released',
    "UPDATE tasks SET assignee = NULL, assigned_at = NULL, lock_until = NULL WHERE id = 'T-1003'",
    'conflict',
  ],
  ['is of another type', "UPDATE tasks SET assignee = CAST(assignee AS BLOB) WHERE id = 'T-1003'", 'conflict'],
  ['is gone', "DELETE FROM tasks WHERE id = 'T-1003'", 'conflict'],
  ['has another version', 'UPDATE tasks SET version = version + 7', 'done'],
  ['has another name', "UPDATE tasks SET name = 'x', updated_at = 5", 'done'],
];

for (const [what, sql, kind] of MEANWHILE) {
  it(`is ${kind === 'done' ? 'no conflict' : 'a conflict, with nothing written,'} when the task ${what} meanwhile`, async () => {
    const on = await stage();
    const plan = await planned(on, 'reap', ['T-1003']);
    on.project.run(sql);
    const before = on.project.rows('SELECT * FROM tasks');
    const result = await commit(on, plan);
    expect(result.kind).toBe(kind);
    if (kind === 'conflict') expect(on.project.rows('SELECT * FROM tasks')).toEqual(before);
    else expect(on.project.task('T-1003')).toMatchObject(FREE);
  });
}

it('asks the database itself once more, in the very transaction, whether the lease is what was seen', async () => {
  const on = await stage();
  const [claim] = [on.claims.get('T-1003')!];
  // Somebody holds the write lock when we begin, and renews before he lets go of it.
  const writer = attachDatabase(on.project.database, 1_000);
  const plan = await planned(on, 'reap', ['T-1003']);
  writer.connection.exec("BEGIN IMMEDIATE; UPDATE tasks SET lock_until = 1795299999 WHERE id = 'T-1003'");
  setTimeout(() => {
    writer.connection.exec('COMMIT');
    writer.close();
  }, 150);
  expect(await commit(on, plan)).toMatchObject({ kind: 'conflict' });
  expect(on.project.task('T-1003')).toMatchObject({ assignee: claim.holder.name, lock_until: 1795299999 });
});

it('tries a locked database three times within half a second, and then refuses', async () => {
  const on = await stage();
  const plan = await planned(on, 'reap', ['T-1003']);
  const writer = attachDatabase(on.project.database, 1_000);
  writer.connection.exec('BEGIN IMMEDIATE');
  const startedMs = performance.now();
  const result = await commit(on, plan);
  const tookMs = performance.now() - startedMs;
  writer.connection.exec('ROLLBACK');
  writer.close();
  expect(result).toMatchObject({ kind: 'refused' });
  expect(JSON.stringify(result)).toContain('tried three times');
  expect(tookMs).toBeGreaterThanOrEqual(290);
  expect(tookMs).toBeLessThan(4_000);
  expect(on.project.task('T-1003')['assignee']).toBe('backend-agent-buildbox-4245');
});

it('refuses a table with triggers, and one without the columns', async () => {
  const on = await stage(['CREATE TRIGGER todo.t AFTER UPDATE ON tasks BEGIN DELETE FROM task_tags; END']);
  expect(on.claims.get('T-1003')?.possibleActions).toEqual([]);
  expect(await planOf(on, 'reap', ['T-1003'])).toMatchObject({ kind: 'refused' });
  const later = await stage();
  const plan = await planned(later, 'reap', ['T-1003']);
  later.project.run('CREATE TRIGGER todo.t AFTER UPDATE ON tasks BEGIN DELETE FROM task_tags; END');
  expect(await commit(later, plan)).toMatchObject({ kind: 'refused' });
  expect(later.project.task('T-1003')['version']).toBe(2);
});

it('writes through no link, and not where something else stands beside the database', async () => {
  const on = await stage();
  const plan = await planned(on, 'reap', ['T-1003']);
  symlinkSync('/dev/null', `${on.project.database}-journal`);
  expect(await commit(on, plan)).toMatchObject({ kind: 'refused' });
  const linked = await stage();
  const wanted = await planned(linked, 'reap', ['T-1003']);
  const away = path.join(linked.project.folder, 'away.db');
  renameSync(linked.project.database, away);
  symlinkSync(away, linked.project.database);
  expect(await commit(linked, wanted)).toMatchObject({ kind: 'refused' });
});

it('refuses a database that may not be written', async ({ skip }) => {
  const on = await stage();
  const { database } = on.project;
  chmodSync(database, 0o444);
  // Modes mean nothing to root: for it, a file that nobody may change.
  const isRoot = process.getuid?.() === 0;
  skip(isRoot && spawnSync('chattr', ['+i', database]).status !== 0, 'this disk knows no such files');
  try {
    expect(await planOf(on, 'reap', ['T-1003'])).toMatchObject({ kind: 'refused' });
  } finally {
    if (isRoot) spawnSync('chattr', ['-i', database]);
  }
});

it('writes into no database that cannot be read', async () => {
  const on = await stage();
  const plan = await planned(on, 'reap', ['T-1003']);
  writeFileSync(on.project.database, 'junk');
  expect(await commit(on, plan)).toMatchObject({ kind: 'refused' });
});

it('reads the row for the detail pane', async () => {
  const on = await stage();
  const record = await on.source.record('task:T-1003');
  expect(record?.label).toBe('tasks, the row of T-1003');
  expect(record?.text).toContain(
    "assignee = 'backend-agent-buildbox-4245'\nassigned_at = 1795255295\nlock_until = 1795255297",
  );
  expect(await on.source.record('task:nothing')).toBeNull();
});
