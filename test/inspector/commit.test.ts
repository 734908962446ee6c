import { spawnSync } from 'node:child_process';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClaimAction, Plan } from '../../core/model';
import type { Inspector, InspectorOptions } from '../../inspector';
import { type ClaimFolderOptions, claimFolderProtocol, makeClaimFolder, putClaim } from '../helpers/claim-folder';
import { eventually, inspect, rowOf, sleep, tempFolder } from '../helpers/inspect';
import { workerProgram } from '../helpers/worker-program';

const MINUTE = 60_000;

/** A folder with an expired claim `old` of ada and a running one `new` of bob, opened. */
async function opened(port: ClaimFolderOptions = {}, options: Partial<InspectorOptions> = {}) {
  const root = await tempFolder();
  const folder = await makeClaimFolder(path.join(root, 'jobs'));
  const dataFolder = path.join(root, 'data');
  const now = Date.now();
  await putClaim(folder, 'old', { holder: 'ada', acquiredAtMs: now - 9 * MINUTE, expiresAtMs: now - MINUTE });
  await putClaim(folder, 'new', { holder: 'bob', acquiredAtMs: now, expiresAtMs: now + 60 * MINUTE });
  const protocol = claimFolderProtocol(port);
  const inspector = inspect({ protocols: [protocol], dataFolder, ...options });
  await inspector.open(folder);
  await inspector.settled();
  return { inspector, folder, dataFolder, protocol };
}

async function planFor(
  inspector: Inspector,
  resource: string,
  action: ClaimAction,
  actAs: string | null = null,
): Promise<Plan> {
  const row = rowOf(inspector.snapshot(), resource)!;
  const outcome = await inspector.plan({ claims: [{ key: row.key, seen: row.seen }], action, actAs });
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

function commit(inspector: Inspector, plan: Plan, reason: string | null = null, confirmation: string | null = null) {
  return inspector.commit({ planId: plan.id, reason, confirmation });
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

describe('a plan', () => {
  it('is only made for an action that makes sense for the claim as it is now', async () => {
    const { inspector } = await opened();
    const ask = (resource: string, action: ClaimAction, actAs: string | null = null) => {
      const row = rowOf(inspector.snapshot(), resource)!;
      return inspector.plan({ claims: [{ key: row.key, seen: row.seen }], action, actAs });
    };
    expect(await ask('new', 'reap')).toEqual({
      kind: 'refused',
      reasons: ['new is not stale, and only a stale claim can be reaped.'],
    });
    expect(await ask('old', 'force-release')).toMatchObject({ kind: 'refused' });
    expect(await ask('new', 'release', ' ')).toMatchObject({ kind: 'refused' });
    expect(await ask('new', 'release', 'bob')).toMatchObject({ kind: 'planned' });
    expect(await ask('old', 'reap')).toMatchObject({ kind: 'planned' });
  });

  it('is a conflict when the claim was replaced or ended, and says what it is now', async () => {
    const { inspector, folder } = await opened();
    const row = rowOf(inspector.snapshot(), 'old')!;
    const ask = { claims: [{ key: row.key, seen: row.seen }], action: 'reap', actAs: null } as const;
    await putClaim(folder, 'old', { holder: 'eve', acquiredAtMs: 0, expiresAtMs: Date.now() + MINUTE });
    await eventually(() => rowOf(inspector.snapshot(), 'old')?.holder === 'eve');
    expect(await inspector.plan(ask)).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('held by eve') as string,
    });

    const plan = await planFor(inspector, 'old', 'release', 'eve');
    await commit(inspector, plan);
    const gone = await inspector.plan(ask);
    expect(gone).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('Last: released (eve)') as string,
    });
  });

  it('of a source that was closed is refused', async () => {
    const { inspector, protocol } = await opened();
    const plan = await planFor(inspector, 'old', 'reap');
    const row = rowOf(inspector.snapshot(), 'old')!;
    inspector.close(row.sourceId);
    expect(inspector.snapshot()).toMatchObject({ sources: [], claims: [] });
    expect(inspector.openedPaths()).toEqual([]);
    expect(await commit(inspector, plan)).toMatchObject({ kind: 'refused' });
    expect(
      await inspector.plan({ claims: [{ key: row.key, seen: row.seen }], action: 'reap', actAs: null }),
    ).toMatchObject({
      kind: 'refused',
    });
    await eventually(() => protocol.counts.open === 0);
    expect(protocol.counts.watching).toBe(0);
  });
});

describe('a commit', () => {
  it('is in the audit log before and after, and the snapshot shows it when it resolves', async () => {
    let during = '';
    const dataFolderOf = { now: '' };
    const beforeCommit = async (): Promise<void> => {
      during = await readFile(path.join(dataFolderOf.now, 'audit.jsonl'), 'utf8');
    };
    const { inspector, folder, dataFolder } = await opened({ beforeCommit });
    dataFolderOf.now = dataFolder;
    const counts: number[] = [];
    inspector.onChanges(({ changes }) => {
      for (const change of changes) if (change.kind === 'audit') counts.push(change.count);
    });
    const plan = await planFor(inspector, 'old', 'reap');

    const result = await commit(inspector, plan, ' it is old ');

    expect(result).toMatchObject({ kind: 'done', warnings: [] });
    expect(rowOf(inspector.snapshot(), 'old')).toBeUndefined();
    expect(await exists(path.join(folder, 'old.claim'))).toBe(false);
    expect(await exists(path.join(folder, 'new.claim'))).toBe(true);
    expect(
      during
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { result: string }).result),
    ).toEqual(['started']);
    const [done, started] = await inspector.audit(10);
    expect(started).toMatchObject({ result: 'started', written: [], reason: 'it is old', program: 'test 0' });
    expect(done).toMatchObject({
      result: 'done',
      source: folder,
      resource: 'old',
      holder: 'ada',
      seen: plan.seen,
      verdict: 'expired',
      written: [{ file: 'old.claim', content: '' }],
    });
    expect(done?.evidence[0]).toMatch(/^Lease ended /);
    expect(counts).toEqual([2]);
    expect(await inspector.auditCount()).toBe(2);
  });

  it('happens once, even when asked for twice at the same time', async () => {
    const { inspector, protocol } = await opened();
    const plan = await planFor(inspector, 'old', 'reap');
    const results = await Promise.all([commit(inspector, plan), commit(inspector, plan)]);
    expect(results.map((result) => result.kind)).toEqual(['done', 'refused']);
    expect(await commit(inspector, plan)).toMatchObject({ kind: 'refused' });
    expect(protocol.counts.commits).toBe(1);
  });

  it('is a conflict when the claim changed after the plan', async () => {
    const { inspector, folder } = await opened();
    const plan = await planFor(inspector, 'old', 'reap');
    await putClaim(folder, 'old', { holder: 'ada', acquiredAtMs: Date.now(), expiresAtMs: Date.now() + 60 * MINUTE });
    expect((await commit(inspector, plan)).kind).toBe('conflict');
    expect(await exists(path.join(folder, 'old.claim'))).toBe(true);
    expect((await inspector.audit(1))[0]?.result).toBe('conflict');
    expect(rowOf(inspector.snapshot(), 'old')?.verdict).toBe('live');
  });

  it('that forces needs a reason in words and the resource typed; a slip does not use the plan up', async () => {
    const { inspector, protocol } = await opened();
    const plan = await planFor(inspector, 'new', 'force-release');
    expect(plan.needs).toEqual({ reason: true, confirmation: 'new' });
    expect(await commit(inspector, plan, null, 'new')).toMatchObject({ kind: 'refused' });
    expect(await commit(inspector, plan, ' … ', 'new')).toMatchObject({ kind: 'refused' });
    expect(await commit(inspector, plan, 'bob left', 'New')).toMatchObject({ kind: 'refused' });
    expect(protocol.counts.commits).toBe(0);
    expect(await commit(inspector, plan, 'bob left', 'new')).toMatchObject({ kind: 'done' });
  });

  it('is refused when read-only, while a plan is still made', async () => {
    const { inspector, dataFolder, protocol } = await opened({}, { readOnly: true });
    const plan = await planFor(inspector, 'old', 'reap');
    expect(await commit(inspector, plan)).toMatchObject({ kind: 'refused' });
    expect(protocol.counts.commits).toBe(0);
    expect(await exists(dataFolder)).toBe(false);
  });

  it('does nothing when the audit log cannot be written', async () => {
    const { inspector, dataFolder, protocol } = await opened();
    await writeFile(dataFolder, 'a file where the folder should be');
    const plan = await planFor(inspector, 'old', 'reap');
    const result = await commit(inspector, plan);
    expect(result).toMatchObject({
      kind: 'refused',
      reasons: [
        `The audit log cannot be written, so nothing was done. ${path.join(dataFolder, 'audit.jsonl')}: something else stands in its place (EEXIST).`,
      ],
    });
    expect(protocol.counts.commits).toBe(0);
    expect(rowOf(inspector.snapshot(), 'old')).toBeDefined();
  });

  it('warns when the log cannot be written afterwards', async () => {
    const dataFolderOf = { now: '' };
    const beforeCommit = async (): Promise<void> => {
      await rename(dataFolderOf.now, `${dataFolderOf.now}-away`);
      await writeFile(dataFolderOf.now, 'a file where the folder was');
    };
    const { inspector, dataFolder } = await opened({ beforeCommit });
    dataFolderOf.now = dataFolder;
    const result = await commit(inspector, await planFor(inspector, 'old', 'reap'));
    expect(result).toMatchObject({
      kind: 'done',
      warnings: [expect.stringContaining('audit log could not be written afterwards')],
    });
  });

  it('is followed by a loud notice when a later write broke the source, once', async () => {
    const { inspector, folder } = await opened();
    const notices: string[] = [];
    inspector.onNotice((notice) => notices.push(`${notice.tone}: ${notice.message}`));
    await commit(inspector, await planFor(inspector, 'old', 'reap'));
    await sleep(50);
    expect(notices).toEqual([]);
    await writeFile(path.join(folder, 'broken'), '99');
    await eventually(() => notices.length > 0);
    await sleep(3_200);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^error: jobs cannot be read by its own tools any more from event #99 on, right after the reap of old\. Another program/,
    );
  });

  it('is followed by a notice when what was done is undone by somebody', async () => {
    const { inspector, folder } = await opened();
    const before = await readFile(path.join(folder, 'old.claim'));
    const notices: string[] = [];
    inspector.onNotice((notice) => notices.push(notice.message));
    await commit(inspector, await planFor(inspector, 'old', 'reap'));
    await writeFile(path.join(folder, 'old.claim'), before);
    await eventually(() => notices.length > 0);
    expect(notices[0]).toContain('is gone again');
  });

  it('waits for its turn, which can be given up at once', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { inspector, protocol } = await opened({ beforeCommit: () => held });
    const first = await planFor(inspector, 'old', 'reap');
    const second = await planFor(inspector, 'new', 'release', 'bob');
    const running = commit(inspector, first);
    await eventually(() => protocol.counts.commits === 1);
    const aborter = new AbortController();
    const waiting = inspector.commit({ planId: second.id, reason: null, confirmation: null }, aborter.signal);
    aborter.abort();
    expect(await waiting).toMatchObject({ kind: 'refused' });
    letGo();
    expect(await running).toMatchObject({ kind: 'done' });
    expect(protocol.counts.commits).toBe(1);
  });

  it('that runs is brought to its end before dispose resolves; nothing is left behind', async () => {
    const { inspector, dataFolder, protocol, folder } = await opened({ beforeCommit: () => sleep(2_300) });
    const plan = await planFor(inspector, 'old', 'reap');
    const running = commit(inspector, plan);
    await eventually(() => protocol.counts.commits === 1);
    await inspector.dispose();
    const log = await readFile(path.join(dataFolder, 'audit.jsonl'), 'utf8');
    expect(log.trim().split('\n')).toHaveLength(2);
    expect(await exists(path.join(folder, 'old.claim'))).toBe(false);
    expect(await running).toMatchObject({ kind: 'done' });
    expect(protocol.counts).toMatchObject({ open: 0, watching: 0, most: 1 });
    expect(await inspector.open(folder)).toEqual({ kind: 'cancelled' });
  });
});

describe('an inspector that was disposed', () => {
  it('keeps no timer, watcher or handle: a process that has nothing else ends by itself', async () => {
    const root = await tempFolder();
    const folder = await makeClaimFolder(path.join(root, 'jobs'));
    await putClaim(folder, 'old', { holder: 'ada', acquiredAtMs: 0, expiresAtMs: 1 });
    await putClaim(folder, 'new', { holder: 'ada', acquiredAtMs: 0, expiresAtMs: Date.now() + 60 * MINUTE });
    const program = await workerProgram(path.join(import.meta.dirname, 'once.worker.ts'));
    const child = spawnSync(process.execPath, [program, folder, path.join(root, 'data')], { timeout: 12_000 });
    expect(child.stderr.toString()).toBe('');
    expect(child.stdout.toString().trim()).toBe('done');
    expect({ status: child.status, signal: child.signal }).toEqual({ status: 0, signal: null });
  });
});
