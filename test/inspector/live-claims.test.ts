import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../core/model';
import { claimFolderProtocol, dropClaim, makeClaimFolder, putClaim } from '../helpers/claim-folder';
import { eventually, hostWith, inspect, rowOf, SettableClock, sleep, tempFolder } from '../helpers/inspect';

const MINUTE = 60_000;

async function oneFolder(): Promise<{ folder: string; dataFolder: string }> {
  const root = await tempFolder();
  return { folder: await makeClaimFolder(path.join(root, 'jobs')), dataFolder: path.join(root, 'data') };
}

describe('claims of an opened source', () => {
  it('are read and judged', async () => {
    const { folder, dataFolder } = await oneFolder();
    const now = Date.now();
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: now - MINUTE, expiresAtMs: now + 60 * MINUTE });
    await putClaim(folder, 'b', { holder: 'bob', acquiredAtMs: now - 9 * MINUTE, expiresAtMs: now + MINUTE });
    await putClaim(folder, 'c', { holder: 'cy', acquiredAtMs: now - 9 * MINUTE, expiresAtMs: now - MINUTE });
    await putClaim(folder, 'd', { holder: null, acquiredAtMs: now, expiresAtMs: null });
    await writeFile(path.join(folder, 'e.claim'), 'rubbish');
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder, watch: false });

    const outcome = await inspector.open(folder);
    await inspector.settled();

    const { sources, claims } = inspector.snapshot();
    expect(outcome).toEqual({ kind: 'opened', sourceIds: sources.map((source) => source.id) });
    expect(claims.map((claim) => [claim.resource, claim.verdict])).toEqual([
      ['a', 'live'],
      ['b', 'expiring'],
      ['c', 'expired'],
      ['d', 'unknown'],
    ]);
    expect(rowOf(inspector.snapshot(), 'c')?.actions).toEqual(['reap', 'release']);
    expect(sources[0]).toMatchObject({
      held: 4,
      stale: 1,
      watch: 'off',
      worst: 'warning',
      status: { kind: 'readable' },
    });
    expect(sources[0]?.id).not.toContain(folder);
  });

  it('follow the files at once, with their transitions', async () => {
    const { folder, dataFolder } = await oneFolder();
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder });
    await inspector.open(folder);
    await inspector.settled();
    const changes: Change[] = [];
    inspector.onChanges((batch) => changes.push(...batch.changes));

    const now = Date.now();
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: now, expiresAtMs: now + MINUTE });
    await eventually(() => rowOf(inspector.snapshot(), 'a'));
    await dropClaim(folder, 'a');
    await eventually(() => inspector.snapshot().claims.length === 0);

    expect(changes.flatMap((change) => (change.kind === 'transition' ? [change.transition.kind] : []))).toEqual([
      'taken',
      'released',
    ]);
  });

  it('expire at the moment at which their lease ends, and say so as something observed', async () => {
    const { folder, dataFolder } = await oneFolder();
    const expiresAtMs = Date.now() + 600;
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: Date.now() - MINUTE, expiresAtMs });
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder });
    await inspector.open(folder);
    await inspector.settled();
    expect(rowOf(inspector.snapshot(), 'a')?.verdict).toBe('expiring');

    let seenAtMs = 0;
    inspector.onChanges(({ changes }) => {
      if (changes.some((change) => change.kind === 'claim' && change.claim.verdict === 'expired'))
        seenAtMs = Date.now();
    });
    await eventually(() => seenAtMs > 0);

    expect(seenAtMs - expiresAtMs).toBeGreaterThan(0);
    expect(seenAtMs - expiresAtMs).toBeLessThan(200);
    expect(inspector.snapshot().sources[0]?.stale).toBe(1);
    const detail = await inspector.detail(rowOf(inspector.snapshot(), 'a')!.key);
    expect(detail?.transitions.at(-1)).toMatchObject({
      kind: 'expired',
      basis: 'observed',
      holder: 'ada',
      at: { ms: expiresAtMs },
    });
  });

  it('are judged anew when the clock is set back, and their end is not told twice', async () => {
    const { folder, dataFolder } = await oneFolder();
    const clock = new SettableClock();
    const protocol = claimFolderProtocol();
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: Date.now() - MINUTE, expiresAtMs: Date.now() + 300 });
    const inspector = inspect({ protocols: [protocol], dataFolder, host: hostWith(clock) });
    await inspector.open(folder);
    await eventually(() => rowOf(inspector.snapshot(), 'a')?.verdict === 'expired');

    clock.offsetMs = -30 * MINUTE;
    await eventually(() => rowOf(inspector.snapshot(), 'a')?.verdict === 'live');
    expect(inspector.snapshot().sources[0]?.stale).toBe(0);
    clock.offsetMs = 0;
    await eventually(() => rowOf(inspector.snapshot(), 'a')?.verdict === 'expired');

    const detail = await inspector.detail(rowOf(inspector.snapshot(), 'a')!.key);
    expect(detail?.transitions.filter((transition) => transition.kind === 'expired')).toHaveLength(1);
  });

  it('stay, as unknown, while their source is out of reach, and come back with it', async () => {
    const { folder, dataFolder } = await oneFolder();
    const now = Date.now();
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: now, expiresAtMs: now + 60 * MINUTE });
    await putClaim(folder, 'b', { holder: 'ada', acquiredAtMs: now - MINUTE, expiresAtMs: now + 900 });
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder });
    await inspector.open(folder);
    await inspector.settled();

    await rename(folder, `${folder}-away`);
    await eventually(() => rowOf(inspector.snapshot(), 'a')?.verdict === 'unknown');
    expect(inspector.snapshot().claims).toHaveLength(2);
    expect(inspector.snapshot().sources[0]?.status.kind).toBe('out-of-reach');
    const row = rowOf(inspector.snapshot(), 'a')!;
    expect(row.actions).toEqual([]);
    const detail = await inspector.detail(row.key);
    expect(detail?.evidence.map((fact) => fact.kind)).toContain('source-out-of-reach');
    expect(
      await inspector.plan({ claims: [{ key: row.key, seen: row.seen }], action: 'release', actAs: 'ada' }),
    ).toMatchObject({
      kind: 'refused',
    });
    await sleep(Math.max(0, now + 1_000 - Date.now()));
    expect(rowOf(inspector.snapshot(), 'b')?.verdict).toBe('unknown');
    const away = await inspector.detail(rowOf(inspector.snapshot(), 'b')!.key);
    expect(away?.transitions.map(({ kind }) => kind)).toEqual(['taken']);

    await rename(`${folder}-away`, folder);
    await eventually(() => rowOf(inspector.snapshot(), 'a')?.verdict === 'live');
    const back = rowOf(inspector.snapshot(), 'b')!;
    expect(back.verdict).toBe('expired');
    expect((await inspector.detail(back.key))?.transitions.at(-1)?.kind).toBe('expired');
  });

  it('stay when the port breaks its promise, which is then asked again', async () => {
    const { folder, dataFolder } = await oneFolder();
    const now = Date.now();
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: now, expiresAtMs: now + 60 * MINUTE });
    let isBad = false;
    const beforeRead = (): Promise<void> => (isBad ? Promise.reject(new Error('bad day')) : Promise.resolve());
    const inspector = inspect({ protocols: [claimFolderProtocol({ beforeRead })], dataFolder });
    await inspector.open(folder);
    await inspector.settled();

    isBad = true;
    const status = await eventually(() => {
      const { status: now } = inspector.snapshot().sources[0]!;
      return now.kind === 'out-of-reach' && now;
    });
    expect(status.reason).toContain('bad day');
    expect(rowOf(inspector.snapshot(), 'a')?.verdict).toBe('unknown');
    isBad = false;
    await eventually(() => rowOf(inspector.snapshot(), 'a')?.verdict === 'live');
  });

  it('are read every 2 s where nobody may watch', async () => {
    const { folder, dataFolder } = await oneFolder();
    const inspector = inspect({ protocols: [claimFolderProtocol({ watch: false })], dataFolder });
    await inspector.open(folder);
    await inspector.settled();
    expect(inspector.snapshot().sources[0]?.watch).toBe('looking');
    await putClaim(folder, 'a', { holder: 'ada', acquiredAtMs: 0, expiresAtMs: null });
    await eventually(() => rowOf(inspector.snapshot(), 'a'));
  });

  it('are shown in full, with what else their holder holds in other sources', async () => {
    const { folder, dataFolder } = await oneFolder();
    const other = await makeClaimFolder(path.join(path.dirname(folder), 'other'));
    await putClaim(folder, "it's", { holder: 'ada', acquiredAtMs: 0, expiresAtMs: 1 });
    await putClaim(other, 'b', { holder: 'ada', acquiredAtMs: 0, expiresAtMs: null });
    await putClaim(other, 'c', { holder: 'bob', acquiredAtMs: 0, expiresAtMs: null });
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder, watch: false });
    await inspector.open(path.dirname(folder));
    await inspector.settled();

    const row = rowOf(inspector.snapshot(), "it's")!;
    const detail = await inspector.detail(row.key);
    expect(detail).toMatchObject({
      claim: row,
      evidence: [{ kind: 'lease-over' }],
      transitions: [{ kind: 'taken', holder: 'ada' }],
      record: { label: "it's.claim", cut: false },
      alsoHolds: [{ key: rowOf(inspector.snapshot(), 'b')?.key, kind: 'file', resource: 'b' }],
      commands: [
        { action: 'reap', command: `lockscope reap '${folder}' 'it'\\''s'` },
        { action: 'release', command: `lockscope release --as 'ada' '${folder}' 'it'\\''s'` },
      ],
    });
    expect(await inspector.detail('nothing:here')).toBeNull();
  });
});
