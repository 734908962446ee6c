import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import type { Host, ProcessTable } from '../../../../core/host/host';
import { allEvidence, type Claim, flagsOf, judge, type ProcessState } from '../../../../core/model';
import { removeBuiltPrograms } from '../../../helpers/built-program';
import { eventually, sleep } from '../../../helpers/inspect';
import { handClock, projectOf, RECORDED_AT_S } from '../todo-project';
import { leasesHost, readOnce, sourceOf } from './leases-host';

afterAll(removeBuiltPrograms);

const ME = `agent-${hostname()}`;

/** This machine, on which the processes that leases name are as it is said. */
async function hostWhere(states: { of: (pid: number) => ProcessState }, nowS = RECORDED_AT_S): Promise<Host> {
  const host = await leasesHost(handClock(nowS));
  const processes: ProcessTable = { ...host.processes, stateOfPid: (pid) => states.of(pid) };
  return { ...host, processes };
}

function leased(
  rows: Readonly<Record<string, { assignee: string; status?: string; at?: number; until?: number | null }>>,
) {
  const project = projectOf(9);
  for (const [
    id,
    { assignee, status = 'In Progress', at = RECORDED_AT_S - 60, until = RECORDED_AT_S + 600 },
  ] of Object.entries(rows)) {
    project.run(
      `UPDATE tasks SET assignee = '${assignee}', status = '${status}', assigned_at = ${at.toString()}, lock_until = ${until?.toString() ?? 'NULL'} WHERE id = '${id}'`,
    );
  }
  return project;
}

function kindsOf(claim: Claim | undefined): readonly string[] {
  return claim === undefined ? [] : allEvidence(claim, RECORDED_AT_S * 1_000).map(({ kind }) => kind);
}

const GONE: ProcessState = { kind: 'gone', how: 'ended' };

it('says of a holder what its name and its process prove, and nothing more', async () => {
  const states: Readonly<Record<number, ProcessState>> = {
    11: { kind: 'alive' },
    12: GONE,
    13: { kind: 'gone', how: 'rebooted' },
    14: { kind: 'unknown', why: 'not-permitted' },
  };
  const project = leased({
    'T-1': { assignee: `${ME}-11` },
    'T-2': { assignee: `${ME}-12` },
    'T-3': { assignee: `${ME}-13` },
    'T-4': { assignee: `${ME}-14` },
    'T-5': { assignee: 'agent-elsewhere-12' },
    'T-6': { assignee: `${ME}-12`, status: 'Done' },
    'T-7': { assignee: `${ME}-12`, until: RECORDED_AT_S - 1 },
    'T-8': { assignee: `${ME}-11`, until: RECORDED_AT_S - 1 },
    'T-9': { assignee: 'ada' },
  });
  const host = await hostWhere({ of: (pid) => states[pid] ?? GONE });
  const { upserted } = await readOnce(sourceOf(project, host));
  const claims = new Map(upserted.map((claim) => [claim.resource, claim]));
  const nowMs = RECORDED_AT_S * 1_000;
  const said = (id: string) => {
    const claim = claims.get(id)!;
    return [judge(claim, allEvidence(claim, nowMs), nowMs), ...kindsOf(claim).slice(2), ...flagsOf(claim, nowMs)];
  };

  expect(said('T-1')).toEqual(['live', 'holder-alive']);
  // A command line ends while its claim goes on: that alone is no ghost.
  expect(said('T-2')).toEqual(['live', 'holder-gone', 'claim-outlives-process']);
  expect(said('T-3')).toEqual(['live', 'holder-gone', 'ghost-lease', 'ghost-lease']);
  expect(said('T-4')).toEqual(['live', 'holder-unknowable']);
  expect(said('T-5')).toEqual(['live', 'holder-unknowable']);
  expect(said('T-6')).toEqual(['live', 'holder-gone', 'ghost-lease', 'ghost-lease']);
  expect(said('T-7')).toEqual(['abandoned', 'holder-gone']);
  expect(said('T-8').slice(0, 1)).toEqual(['expired']);
  expect(said('T-8')).toContain('zombie-holder');
  expect(said('T-9')).toEqual(['live', 'holder-unknowable']);
  expect(claims.get('T-5')?.evidence).toContainEqual({ kind: 'holder-unknowable', why: 'names-no-host' });
  expect(claims.get('T-9')?.evidence).toContainEqual({ kind: 'holder-unknowable', why: 'names-no-process' });
});

it('says of a name with a process that it does not say when', async () => {
  const project = leased({ 'T-1': { assignee: `${ME}-11` } });
  project.run('UPDATE tasks SET assigned_at = NULL');
  const { upserted } = await readOnce(sourceOf(project, await hostWhere({ of: () => GONE })));
  expect(upserted[0]?.evidence).toContainEqual({ kind: 'holder-unknowable', why: 'says-not-when' });
});

it('notices within seconds that a holder ended, and calls a lease a ghost whose holder was seen at work', {
  timeout: 20_000,
}, async () => {
  const project = leased({ 'T-1': { assignee: `${ME}-11` } });
  let state: ProcessState = { kind: 'alive' };
  const host = await hostWhere({ of: () => state });
  const source = sourceOf(project, host);
  let hints = 0;
  const stop = source.watch(() => {
    hints += 1;
  });
  onTestFinished(stop);
  await readOnce(source);
  await sleep(150);
  await readOnce(source);
  hints = 0;
  state = GONE;
  await eventually(() => hints > 0);
  const { upserted, transitions } = await readOnce(source);
  expect(kindsOf(upserted[0])).toContain('ghost-lease');
  expect(transitions).toMatchObject([{ claimId: 'task:T-1', kind: 'holder-died', basis: 'observed' }]);
});

it('notices that a holder ended also while the database is written all the time', { timeout: 20_000 }, async () => {
  const project = leased({ 'T-1': { assignee: `${ME}-11` } });
  let state: ProcessState = { kind: 'alive' };
  const source = sourceOf(project, await hostWhere({ of: () => state }));
  await readOnce(source);
  state = GONE;
  // No watch ever finds it at rest.
  const startedMs = performance.now();
  let kinds: readonly string[] = [];
  while (kinds.length === 0 && performance.now() - startedMs < 10_000) {
    project.run("UPDATE tasks SET version = version + 1 WHERE id = 'T-9'");
    kinds = kindsOf((await readOnce(source)).upserted[0]);
    await sleep(50);
  }
  expect(kinds).toContain('holder-gone');
});

it('says nothing of a process that it has not looked at yet', async () => {
  const assignees = ['T-1', 'T-2', 'T-3', 'T-4', 'T-5', 'T-6'];
  const project = leased(Object.fromEntries(assignees.map((id, at) => [id, { assignee: `${ME}-${String(at + 11)}` }])));
  const host = await hostWhere({
    of: () => {
      const endsMs = performance.now() + 20;
      while (performance.now() < endsMs);
      return { kind: 'alive' };
    },
  });
  const source = sourceOf(project, host);
  const { upserted } = await readOnce(source);
  const told = upserted.map((claim) =>
    claim.evidence.map(({ kind }) => kind).filter((kind) => kind.startsWith('holder-')),
  );
  expect(told.filter((kinds) => kinds.length === 0).length).toBeGreaterThan(0);
  expect(told.flat().every((kind) => kind === 'holder-alive')).toBe(true);
});

it('tells what became of each claim from one reading to the next', async () => {
  const project = leased({
    'T-1': { assignee: 'a' },
    'T-2': { assignee: 'a' },
    'T-3': { assignee: 'a', until: RECORDED_AT_S - 5 },
    'T-4': { assignee: 'a', until: RECORDED_AT_S - 5 },
    'T-5': { assignee: 'a' },
    'T-6': { assignee: 'a' },
  });
  const source = sourceOf(project, await leasesHost(handClock(RECORDED_AT_S)));
  expect((await readOnce(source)).transitions).toEqual([]);
  const free = 'assignee = NULL, assigned_at = NULL, lock_until = NULL';
  project.run(
    "UPDATE tasks SET lock_until = lock_until + 60 WHERE id = 'T-1'",
    `UPDATE tasks SET ${free} WHERE id = 'T-2'`,
    `UPDATE tasks SET ${free}, status = 'Todo' WHERE id = 'T-3'`,
    `UPDATE tasks SET assignee = 'b', assigned_at = ${RECORDED_AT_S.toString()}, lock_until = ${(RECORDED_AT_S + 9).toString()} WHERE id = 'T-4'`,
    `UPDATE tasks SET assignee = 'b', assigned_at = ${RECORDED_AT_S.toString()} WHERE id = 'T-5'`,
    "DELETE FROM tasks WHERE id = 'T-6'",
    "UPDATE tasks SET assignee = 'c', lock_until = 2000000000 WHERE id = 'T-7'",
    'UPDATE tasks SET version = version + 1',
  );
  const { transitions, removed } = await readOnce(source);
  const words = transitions.map(({ claimId, kind, holder }) => `${claimId} ${kind} ${holder ?? ''}`).sort();
  expect(words).toEqual([
    'task:T-1 extended a',
    'task:T-2 released a',
    'task:T-3 reaped a',
    'task:T-4 taken b',
    'task:T-5 released a',
    'task:T-5 taken b',
    'task:T-6 released a',
    'task:T-7 taken c',
  ]);
  expect([...removed].sort()).toEqual(['task:T-2', 'task:T-3', 'task:T-6']);
  expect(transitions.every(({ basis }) => basis === 'observed')).toBe(true);
});

it.runIf(process.platform === 'linux')(
  'finds two holders where another process has the file of the task locked',
  { timeout: 20_000 },
  async () => {
    const project = leased({ 'T-1': { assignee: `${ME}-11` }, 'T-2': { assignee: 'ada' } });
    const locks = path.join(project.folder, '.todo2', 'locks');
    mkdirSync(locks);
    const lockers = ['T-1', 'T-2'].map((id) => {
      const child = spawn(
        'flock',
        ['-x', path.join(locks, `task_${id}.lock`), 'sh', '-c', 'echo ready; exec sleep 30'],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
          detached: true,
        },
      );
      onTestFinished(() => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      });
      return child;
    });
    await Promise.all(lockers.map((child) => once(child.stdout, 'data')));
    const host = await hostWhere({ of: () => ({ kind: 'alive' }) });
    const { upserted, findings } = await readOnce(sourceOf(project, host));
    const claims = new Map(upserted.map((claim) => [claim.resource, claim]));
    expect(claims.get('T-1')?.evidence).toContainEqual(
      expect.objectContaining({ kind: 'task-lock-file', agrees: false, file: '.todo2/locks/task_T-1.lock' }),
    );
    expect(flagsOf(claims.get('T-1')!, RECORDED_AT_S * 1_000)).toContain('two-holders');
    // Of a holder that names no process it is not known whether it is another.
    expect(claims.get('T-2')?.evidence).toContainEqual(
      expect.objectContaining({ kind: 'task-lock-file', agrees: null }),
    );
    expect(findings).toMatchObject([{ code: 'double-holder', severity: 'error' }]);
    expect(findings[0]?.message).toContain('T-1 has two holders');
  },
);
