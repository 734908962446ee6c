import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ledgerProtocol } from '../../core/ledger';
import { type Snapshot, VERDICTS } from '../../core/model';
import type { Inspector } from '../../inspector';
import { expiredClaim, makeProof } from '../core/ledger/proof';
import { eventually, hostWith, inspect, rowOf, SettableClock, tempFolder } from '../helpers/inspect';
import { onCall, systemError } from '../helpers/system-calls';

const AF = path.resolve(import.meta.dirname, '../fixtures/af');

async function recordings(...names: readonly string[]): Promise<{ root: string; dataFolder: string }> {
  const root = await tempFolder();
  for (const name of names) await cp(path.join(AF, name), path.join(root, name), { recursive: true });
  return { root, dataFolder: path.join(root, 'data') };
}

async function readOnce(root: string, dataFolder: string): Promise<Inspector> {
  const inspector = inspect({ protocols: [ledgerProtocol], dataFolder, watch: false });
  await inspector.open(root);
  await inspector.settled();
  return inspector;
}

function sourceOf({ sources }: Snapshot, title: string) {
  return sources.find((source) => source.title === title);
}

async function eventNames(proof: string): Promise<readonly string[]> {
  return (await readdir(path.join(proof, 'ledger'))).filter((name) => name.endsWith('.json')).sort();
}

/** An event as another program appends it, without looking at anything. */
async function append(proof: string, event: object): Promise<string> {
  const names = await eventNames(proof);
  const name = `${(names.length + 1).toString().padStart(6, '0')}.json`;
  await writeFile(path.join(proof, 'ledger', name), JSON.stringify(event));
  return name;
}

describe('a batch that ends half way', () => {
  it('stands in the audit log with what it wrote, and is watched over', async () => {
    const proof = makeProof('seed');
    for (const node of ['1', '2', '3']) proof.put(expiredClaim('seed', node));
    const dataFolder = path.join(await tempFolder(), 'data');
    const inspector = await readOnce(proof.folder, dataFolder);
    const notices: string[] = [];
    inspector.onNotice(({ message }) => notices.push(message));
    const claims = inspector.snapshot().claims.map(({ key, seen }) => ({ key, seen }));
    const planned = await inspector.plan({ claims, action: 'reap', actAs: null });
    if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
    let published = 0;
    onCall('linkSync', (_args, go) => {
      published += 1;
      if (published === 3) throw systemError('EIO');
      return go();
    });
    const result = await inspector.commit({ planId: planned.plan.id, reason: null, confirmation: null });
    expect(result).toMatchObject({ kind: 'failed', written: [{}, {}] });
    const [entry] = await inspector.audit(1);
    expect(entry).toMatchObject({ result: 'failed', written: result.kind === 'failed' ? result.written : [] });
    expect(inspector.snapshot().claims.map(({ resource }) => resource)).toEqual(['3']);
    // Not our third number: whoever writes it so that nobody can read on is told of.
    await writeFile(path.join(proof.ledger, 'event-000007.json'), '{');
    await eventually(() => notices.length > 0);
    expect(notices).toEqual([expect.stringContaining('Another program wrote into it afterwards')]);
  });
});

describe('what was taken away', () => {
  it('stands in the audit log as put back only where it was', async () => {
    const proof = makeProof('seed');
    const locks = path.join(proof.folder, 'locks');
    await mkdir(locks);
    const times = { acquired_at: '2020-01-01T00:00:00Z', expires_at: '2020-01-01T00:05:00Z' };
    const lock = JSON.stringify({ node_id: '1', owner: 'ada', ...times });
    await writeFile(path.join(locks, '1.lock'), lock);
    const inspector = await readOnce(proof.folder, path.join(await tempFolder(), 'data'));
    const claims = inspector.snapshot().claims.map(({ key, seen }) => ({ key, seen }));
    const planned = await inspector.plan({ claims, action: 'reap', actAs: null });
    if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
    const done = await inspector.commit({ planId: planned.plan.id, reason: null, confirmation: null });
    expect(done).toMatchObject({ kind: 'done' });
    const [kept] = await inspector.undoables();
    const undo = () => inspector.undo({ sourceId: kept?.sourceId ?? '', undoId: kept?.id ?? '' });
    await writeFile(path.join(locks, '1.lock'), lock);
    expect(await undo()).toMatchObject({ kind: 'refused' });
    await rm(path.join(locks, '1.lock'));
    expect(await undo()).toMatchObject({ kind: 'done' });
    const entries = (await inspector.audit(4)).map(({ result, removed }) => [result, removed?.length]);
    expect(entries).toEqual([
      ['done', 1],
      ['started', undefined],
      ['refused', undefined],
      ['started', undefined],
    ]);
  });
});

describe('recorded proofs', () => {
  it('are found below one folder, and show the claims that their own program shows', async () => {
    const { root, dataFolder } = await recordings('three-agents', 'reaped', 'accepted', 'bricked-by-concurrent-reap');
    const inspector = await readOnce(root, dataFolder);
    const snapshot = inspector.snapshot();
    expect(snapshot.sources.map(({ title }) => title)).toEqual([
      'accepted',
      'bricked-by-concurrent-reap',
      'reaped',
      'three-agents',
    ]);
    for (const name of ['three-agents', 'reaped', 'accepted']) {
      const said = JSON.parse(await readFile(path.join(AF, name, 'expected-agents.json'), 'utf8')) as {
        claimed_nodes: { node_id: string; owner: string; claimed_at: string }[] | null;
      };
      const source = sourceOf(snapshot, name);
      const claims = snapshot.claims.filter(({ sourceId }) => sourceId === source?.id);
      expect(source?.status).toEqual({ kind: 'readable' });
      expect(claims.map(({ resource, holder, expiresAt }) => [resource, holder, expiresAt?.text])).toEqual(
        (said.claimed_nodes ?? []).map((node) => [node.node_id, node.owner, node.claimed_at]),
      );
      expect(claims.every(({ verdict }) => VERDICTS.includes(verdict))).toBe(true);
    }
    expect(sourceOf(snapshot, 'bricked-by-concurrent-reap')?.status).toMatchObject({ kind: 'unreadable', at: 5 });
  });

  it('that is broken refuses to be written into, and keeps what comes before', async () => {
    const { root, dataFolder } = await recordings('bricked-by-concurrent-reap');
    const inspector = await readOnce(root, dataFolder);
    const before = await eventNames(path.join(root, 'bricked-by-concurrent-reap'));
    for (const claim of inspector.snapshot().claims) {
      for (const action of ['reap', 'release', 'force-release'] as const) {
        const plan = await inspector.plan({
          claims: [{ key: claim.key, seen: claim.seen }],
          action,
          actAs: claim.holder,
        });
        expect(plan.kind).not.toBe('planned');
      }
    }
    expect(await eventNames(path.join(root, 'bricked-by-concurrent-reap'))).toEqual(before);
  });
});

describe('a live proof', () => {
  async function live() {
    const { root, dataFolder } = await recordings('three-agents');
    const proof = path.join(root, 'three-agents');
    // A moment at which the recorded leases are over, whatever day it is here.
    const clock = new SettableClock();
    clock.offsetMs = Date.parse('2027-01-01T00:00:00Z') - Date.now();
    const inspector = inspect({ protocols: [ledgerProtocol], dataFolder, host: hostWith(clock) });
    await inspector.open(proof);
    await inspector.settled();
    return { inspector, proof, dataFolder };
  }

  function stale(inspector: Inspector) {
    return inspector.snapshot().claims.find(({ verdict }) => verdict === 'expired')!;
  }

  it('shows an event that another program appends, and its transition in the history', async () => {
    const { inspector, proof } = await live();
    const claim = stale(inspector);
    const until = '2099-01-01T00:00:00.000000001Z';
    await append(proof, { type: 'nodes_released', timestamp: '2026-11-21T12:00:00Z', node_ids: [claim.resource] });
    await eventually(() => rowOf(inspector.snapshot(), claim.resource) === undefined);
    const event = {
      type: 'nodes_claimed',
      timestamp: '2026-11-21T12:00:00Z',
      node_ids: [claim.resource],
      owner: 'eve',
    };
    await append(proof, { ...event, timeout: until });
    const row = await eventually(() => rowOf(inspector.snapshot(), claim.resource));
    expect(row).toMatchObject({ holder: 'eve', verdict: 'live', expiresAt: { text: until } });
    const detail = await inspector.detail(row.key);
    expect(detail?.transitions.slice(-2).map(({ kind }) => kind)).toEqual(['released', 'taken']);
    expect(detail?.record?.text).toContain('eve');
  });

  it('is reaped with exactly one event, which the snapshot shows at once', async () => {
    const { inspector, proof } = await live();
    const claim = stale(inspector);
    const before = await eventNames(proof);
    const planned = await inspector.plan({
      claims: [{ key: claim.key, seen: claim.seen }],
      action: 'reap',
      actAs: null,
    });
    if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));

    const result = await inspector.commit({ planId: planned.plan.id, reason: null, confirmation: null });

    expect(result).toMatchObject({ kind: 'done', warnings: [] });
    expect(rowOf(inspector.snapshot(), claim.resource)).toBeUndefined();
    const after = await eventNames(proof);
    expect(after.slice(0, -1)).toEqual(before);
    const written = await readFile(path.join(proof, 'ledger', after.at(-1)!), 'utf8');
    const [done, started] = await inspector.audit(10);
    expect([started?.result, done?.result]).toEqual(['started', 'done']);
    expect(done?.written).toEqual([{ file: after.at(-1), content: written }]);
    // Another look, by somebody who knows nothing of this one, finds the same.
    const other = await readOnce(proof, await tempFolder());
    expect(other.snapshot().sources[0]?.status.kind).toBe('readable');
    expect(rowOf(other.snapshot(), claim.resource)).toBeUndefined();
  });

  it('gives a conflict when the claim was taken by another between the plan and the commit', async () => {
    const { inspector, proof } = await live();
    const claim = stale(inspector);
    const planned = await inspector.plan({
      claims: [{ key: claim.key, seen: claim.seen }],
      action: 'reap',
      actAs: null,
    });
    if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
    await append(proof, { type: 'nodes_released', timestamp: '2026-11-21T12:00:00Z', node_ids: [claim.resource] });
    const before = await eventNames(proof);
    expect(await inspector.commit({ planId: planned.plan.id, reason: null, confirmation: null })).toMatchObject({
      kind: 'conflict',
    });
    expect(await eventNames(proof)).toEqual(before);
  });

  it('says loudly that a reap by another program broke it right after ours', async () => {
    const { inspector, proof } = await live();
    const notices: string[] = [];
    inspector.onNotice(({ tone, message }) => notices.push(`${tone}: ${message}`));
    const claim = stale(inspector);
    const planned = await inspector.plan({
      claims: [{ key: claim.key, seen: claim.seen }],
      action: 'reap',
      actAs: null,
    });
    if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
    await inspector.commit({ planId: planned.plan.id, reason: null, confirmation: null });
    const name = await append(proof, {
      type: 'nodes_released',
      timestamp: '2026-11-21T12:00:00Z',
      node_ids: [claim.resource],
    });
    await eventually(() => notices.length > 0);
    expect(notices[0]).toContain(`from event #${Number.parseInt(name, 10)} on`);
    expect(notices[0]).toContain('Another program wrote into it afterwards');
    expect(inspector.snapshot().sources[0]?.status.kind).toBe('unreadable');
  });

  it('keeps its claims when its folder vanishes, and goes on when it is back', async () => {
    const { inspector, proof } = await live();
    const count = inspector.snapshot().claims.length;
    // In one step: while its events go one by one, its past is another one each time.
    await rename(path.join(proof, 'ledger'), path.join(await tempFolder(), 'ledger'));
    await eventually(() => inspector.snapshot().sources[0]?.status.kind === 'out-of-reach', 8_000);
    expect(inspector.snapshot().claims.map(({ verdict }) => verdict)).toEqual(Array(count).fill('unknown'));
    await cp(path.join(AF, 'three-agents', 'ledger'), path.join(proof, 'ledger'), { recursive: true });
    await eventually(() => inspector.snapshot().sources[0]?.status.kind === 'readable', 8_000);
    await eventually(() => inspector.snapshot().claims.every(({ verdict }) => verdict !== 'unknown'));
    expect(inspector.snapshot().claims).toHaveLength(count);
  });

  it('is read again when the clock is set, since by that clock nobody knows how old the picture is', async () => {
    const { root, dataFolder } = await recordings('three-agents');
    const clock = new SettableClock();
    const inspector = inspect({ protocols: [ledgerProtocol], dataFolder, host: hostWith(clock) });
    await inspector.open(root);
    await inspector.settled();
    const readAtMs = (): number => inspector.snapshot().sources[0]?.readAtMs ?? 0;
    expect(readAtMs()).toBeGreaterThan(0);

    clock.offsetMs = -3_600_000;
    await eventually(() => readAtMs() > 0 && readAtMs() <= clock.nowMs());
    clock.offsetMs = 3_600_000;
    await eventually(() => readAtMs() > clock.nowMs() - 60_000);
  });
});
