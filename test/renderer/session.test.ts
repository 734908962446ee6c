import { afterEach, describe, expect, it } from 'vitest';
import type { SnapshotStart } from '../../contract';
import { type App, createApp } from '../../renderer/store/app';
import { HandClock, promised, settle } from './hand-clock';
import { claimRow, snapshotOf } from './rows';
import { ScriptedHost } from './scripted-host';

let app: App | undefined;

async function started(host: ScriptedHost, clock = new HandClock()): Promise<App> {
  app = createApp(host, clock);
  await settle();
  return app;
}

afterEach(() => {
  app?.dispose();
  app = undefined;
});

const verdictOf = (of: App, key: string): string | undefined => of.store.getState().picture.claims.get(key)?.verdict;

describe('the picture of the host', () => {
  const one = claimRow('1');

  it('begins with a snapshot and follows changes', async () => {
    const host = new ScriptedHost([one]);
    const running = await started(host);
    host.put({ ...one, verdict: 'expired' });
    expect(verdictOf(running, one.key)).toBe('expired');
    host.remove(one.key);
    expect(running.store.getState().picture.claims.size).toBe(0);
    expect(host.count('snapshot')).toBe(1);
  });

  it('asks for a snapshot when it missed something', async () => {
    const host = new ScriptedHost([one]);
    const running = await started(host);
    host.revision += 5;
    host.put({ ...one, verdict: 'abandoned' });
    await settle();
    expect(host.count('snapshot')).toBe(2);
    expect(verdictOf(running, one.key)).toBe('abandoned');
  });

  it('loses no change that comes while a snapshot is under way', async () => {
    const answer = promised<SnapshotStart>();
    const host = new ScriptedHost([one], { snapshot: () => answer.promise });
    const running = await started(host);
    const taken = snapshotOf(host.revision, host.claims);
    host.put({ ...one, verdict: 'expiring' });
    answer.resolve(taken);
    await settle();
    expect(verdictOf(running, one.key)).toBe('expiring');
    expect(host.count('snapshot')).toBe(1);
  });

  it('looks anew when the connection is back, and tells its age meanwhile', async () => {
    const host = new ScriptedHost([one]);
    const clock = new HandClock();
    const running = await started(host, clock);
    host.connection('lost');
    expect(running.store.getState().connection).toEqual({ kind: 'lost', sinceMs: clock.nowMs() });
    expect(running.store.getState().picture.claims.size).toBe(1);
    host.claims = [];
    host.connection('connected');
    await settle();
    expect(running.store.getState().picture.claims.size).toBe(0);
  });

  it('keeps the selection when rows come and go, and the ended claim readable', async () => {
    const two = claimRow('2');
    const host = new ScriptedHost([one, two, claimRow('3')]);
    const running = await started(host);
    running.select(two.key);
    host.remove(one.key);
    expect(running.store.getState().selectedKey).toBe(two.key);
    host.remove(two.key);
    await settle();
    expect(running.store.getState().selectedRow?.resource).toBe('2');
    expect(running.store.getState().detail.kind).toBe('gone');
    running.move(1);
    expect(running.store.getState().selectedRow?.resource).toBe('3');
  });
});

describe('the detail', () => {
  it('is asked for once the selection rests, and again when the row changes', async () => {
    const rows = ['1', '2', '3'].map((name) => claimRow(name));
    const host = new ScriptedHost(rows);
    const clock = new HandClock();
    const running = await started(host, clock);
    for (const row of rows) running.select(row.key);
    await clock.pass(100);
    expect(host.asked.filter((one) => one.channel === 'detail')).toEqual([
      { channel: 'detail', params: { key: claimRow('3').key } },
    ]);
    host.put(claimRow('3', { verdict: 'expired' }));
    await clock.pass(200);
    expect(host.count('detail')).toBe(2);
  });

  it('is asked for in time, however often its row changes, and an answer puts no nearer look off', async () => {
    const row = claimRow('1');
    const answer = promised<null>();
    const host = new ScriptedHost([row]);
    const clock = new HandClock();
    const running = await started(host, clock);
    running.select(row.key);
    await clock.pass(50);
    expect(host.count('detail')).toBe(1);
    for (let n = 0; n < 10; n += 1) {
      host.put({ ...row, holderNote: `pid ${n.toString()}` });
      await clock.pass(100);
    }
    expect(host.count('detail')).toBeGreaterThan(4);

    host.answers.detail = () => answer.promise;
    await clock.pass(5_000);
    const before = host.count('detail');
    host.put({ ...row, holderNote: 'pid 99' });
    answer.resolve(null);
    await clock.pass(300);
    expect(host.count('detail')).toBe(before + 1);
  });

  it('comes from a slow host in the end, however often its row changes', async () => {
    const row = claimRow('1');
    const clock = new HandClock();
    const host = new ScriptedHost([row], {
      detail: async () => {
        await new Promise<void>((resolve) => {
          clock.after(700, resolve);
        });
        return null;
      },
    });
    const running = await started(host, clock);
    running.select(row.key);
    for (let n = 0; n < 20; n += 1) {
      host.put({ ...row, holderNote: `pid ${n.toString()}` });
      await clock.pass(100);
    }
    expect(running.store.getState().detail.kind).toBe('gone');
  });
});
