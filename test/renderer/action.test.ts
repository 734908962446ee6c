import { afterEach, describe, expect, it } from 'vitest';
import type { ActionResult } from '../../core/model';
import { type App, createApp } from '../../renderer/store/app';
import type { ActionStage } from '../../renderer/store/state';
import { HandClock, promised, settle } from './hand-clock';
import { claimRow } from './rows';
import { ScriptedHost } from './scripted-host';

const stale = claimRow('1.2', { verdict: 'expired', actions: ['reap', 'release'] });
const clock = new HandClock();
let app: App | undefined;

async function opened(host: ScriptedHost, action: 'reap' | 'release' = 'reap'): Promise<App> {
  app = createApp(host, clock);
  await settle();
  app.actions.begin(stale.key, action);
  await settle();
  return app;
}

const stage = (of: App): ActionStage | undefined => of.store.getState().dialog?.stage;

afterEach(() => {
  app?.dispose();
  app = undefined;
});

describe('an action, from the button to its result', () => {
  it('plans at once, and anew every five seconds and after each change of the row', async () => {
    const host = new ScriptedHost([stale]);
    const running = await opened(host);
    expect(stage(running)).toMatchObject({ kind: 'planned', plan: { id: 'plan-1' } });
    await clock.pass(5_000);
    expect(stage(running)).toMatchObject({ kind: 'planned', plan: { id: 'plan-2' } });
    host.put({ ...stale, holderNote: 'pid 1' });
    await clock.pass(200);
    expect(stage(running)).toMatchObject({ kind: 'planned', plan: { id: 'plan-3' } });
  });

  it('turns into a conflict when the claim is another one, and goes on only when asked', async () => {
    const host = new ScriptedHost([stale]);
    const running = await opened(host);
    const extended = { ...stale, seen: 'other', verdict: 'live' as const };
    host.put(extended);
    expect(stage(running)?.kind).toBe('conflict');
    running.actions.commit({ reason: '', confirmation: '' });
    await clock.pass(20_000);
    expect(host.count('commit')).toBe(0);
    expect(host.count('plan')).toBe(1);
    running.actions.lookAgain();
    await settle();
    expect(stage(running)).toMatchObject({ kind: 'planned', plan: { seen: 'other' } });
    expect(running.store.getState().dialog?.subject).toMatchObject({ kind: 'claims', claims: [extended] });
  });

  it('turns into a conflict when the claim ends', async () => {
    const host = new ScriptedHost([stale]);
    const running = await opened(host);
    host.remove(stale.key);
    expect(stage(running)).toEqual({ kind: 'conflict', message: 'This claim has ended.' });
    running.actions.lookAgain();
    expect(stage(running)?.kind).toBe('conflict');
  });

  it('commits a plan once, and cannot be closed meanwhile', async () => {
    const end = promised<ActionResult>();
    const host = new ScriptedHost([stale], { commit: () => end.promise });
    const running = await opened(host);
    running.actions.commit({ reason: ' why ', confirmation: '' });
    running.actions.commit({ reason: 'again', confirmation: '' });
    running.actions.close();
    host.remove(stale.key);
    await clock.pass(10_000);
    expect(host.asked.filter((one) => one.channel === 'commit')).toEqual([
      { channel: 'commit', params: { planId: 'plan-1', reason: 'why', confirmation: null } },
    ]);
    expect(stage(running)?.kind).toBe('committing');
    end.resolve({ kind: 'done', message: 'Free.', written: [], warnings: [] });
    await settle();
    expect(stage(running)).toMatchObject({ kind: 'ended', result: { kind: 'done' } });
    running.actions.close();
    expect(running.store.getState()).toMatchObject({ dialog: null, toasts: [{ tone: 'done', text: 'Free.' }] });
  });

  it('is loud about what went wrong after it was done, until that is dismissed', async () => {
    const host = new ScriptedHost([stale], {
      commit: () => ({ kind: 'done', message: 'Free.', written: [], warnings: ['A peer broke the proof.'] }),
    });
    const running = await opened(host);
    running.actions.commit({ reason: '', confirmation: '' });
    await settle();
    running.actions.close();
    await clock.pass(60_000);
    const [toast] = running.store.getState().toasts;
    expect(toast).toMatchObject({ tone: 'error', text: 'A peer broke the proof.' });
    expect(running.store.getState().lastResult?.tone).toBe('error');
  });

  it('plans but does not commit where everything is read-only', async () => {
    const host = new ScriptedHost([stale]);
    const hello = host.answers.hello;
    host.answers.hello = async () => ({ ...(await hello({})), readOnly: true });
    const running = await opened(host);
    expect(stage(running)?.kind).toBe('planned');
    running.actions.commit({ reason: '', confirmation: '' });
    await settle();
    expect(host.count('commit')).toBe(0);
  });

  it('wants a name for a release, and offers it next time', async () => {
    const host = new ScriptedHost([stale]);
    const running = await opened(host, 'release');
    expect(stage(running)?.kind).toBe('needs-name');
    expect(host.count('plan')).toBe(0);
    running.actions.setActAs('prover-');
    running.actions.setActAs('prover-ada');
    await clock.pass(300);
    expect(host.asked.filter((one) => one.channel === 'plan')).toMatchObject([{ params: { actAs: 'prover-ada' } }]);
    running.actions.commit({ reason: '', confirmation: '' });
    await settle();
    expect(running.store.getState().hello?.settings.actAs).toBe('prover-ada');
  });
});
