import { afterEach, describe, expect, it } from 'vitest';
import type { ActionResult } from '../../core/model';
import { type App, createApp } from '../../renderer/store/app';
import type { ActionStage } from '../../renderer/store/state';
import { HandClock, promised, settle } from './hand-clock';
import { claimRow, sourceRow } from './rows';
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

  it('goes on to the next one only from its end', async () => {
    const lock = claimRow('x.lock', { kind: 'file-lock', actions: ['terminate', 'kill'] });
    const end = promised<ActionResult>();
    const host = new ScriptedHost([lock], { commit: () => end.promise });
    app = createApp(host, clock);
    await settle();
    app.actions.begin(lock.key, 'terminate');
    await settle();
    app.actions.begin(lock.key, 'kill');
    expect(app.store.getState().dialog?.subject).toMatchObject({ action: 'terminate' });
    app.actions.commit({ reason: 'it hangs', confirmation: '' });
    app.actions.begin(lock.key, 'kill');
    expect(stage(app)?.kind, 'What is being done is not left.').toBe('committing');
    end.resolve({ kind: 'done', message: 'Told.', written: [], warnings: ['It has not ended.'] });
    await settle();
    app.actions.begin(lock.key, 'kill');
    await settle();
    expect(app.store.getState().dialog).toMatchObject({ subject: { action: 'kill' }, stage: { kind: 'planned' } });
    expect(app.store.getState().toasts, 'It was seen, and need not be told again.').toEqual([]);
  });

  it('can be left while a disk holds it up, and its end is told later', async () => {
    const end = promised<ActionResult>();
    const host = new ScriptedHost([stale], { commit: () => end.promise });
    const running = await opened(host);
    running.actions.commit({ reason: '', confirmation: '' });
    await clock.pass(1_000);
    running.actions.close();
    expect(stage(running)?.kind, 'Nothing says yet that it hangs.').toBe('committing');
    host.putSource(sourceRow('source-1', { waitingSinceMs: clock.nowMs() - 8_000 }));
    running.actions.close();
    expect(running.store.getState()).toMatchObject({
      dialog: null,
      lastResult: { tone: 'warning', text: 'Reap 1.2: no answer yet' },
      toasts: [{ tone: 'warning', title: 'Reap 1.2: no answer yet' }],
    });
    end.resolve({ kind: 'conflict', message: 'It is another one.' });
    await settle();
    expect(running.store.getState()).toMatchObject({
      dialog: null,
      lastResult: { tone: 'warning', text: 'Reap 1.2: conflict' },
      toasts: [{ tone: 'warning', title: 'Reap 1.2: conflict', text: 'It is another one.' }],
    });
  });

  it('can be left once it takes far longer than a write, whoever holds it up', async () => {
    const host = new ScriptedHost([stale], { commit: () => new Promise(() => undefined) });
    const running = await opened(host);
    running.actions.commit({ reason: '', confirmation: '' });
    await clock.pass(9_000);
    running.actions.close();
    expect(stage(running)).toMatchObject({ kind: 'committing', isLong: false });
    await clock.pass(2_000);
    expect(stage(running)).toMatchObject({ kind: 'committing', isLong: true });
    running.actions.close();
    expect(running.store.getState().dialog).toBeNull();
  });

  it('that was left does not end the one that was begun after it', async () => {
    const other = claimRow('9', { verdict: 'expired', actions: ['reap'] });
    const ends = [promised<ActionResult>(), promised<ActionResult>()];
    const host = new ScriptedHost([stale, other], {
      commit: ({ planId }) => (ends[planId === 'plan-1' ? 0 : 1] ?? promised<ActionResult>()).promise,
    });
    const running = await opened(host);
    host.putSource(sourceRow('source-1', { waitingSinceMs: clock.nowMs() }));
    running.actions.commit({ reason: '', confirmation: '' });
    running.actions.close();
    running.actions.begin(other.key, 'reap');
    await settle();
    running.actions.commit({ reason: '', confirmation: '' });
    ends[0]?.resolve({ kind: 'done', message: 'The first.', written: [], warnings: [] });
    await settle();
    expect(stage(running)).toMatchObject({ kind: 'committing', plan: { resource: '9' } });
    ends[1]?.resolve({ kind: 'done', message: 'The second.', written: [], warnings: [] });
    await settle();
    expect(stage(running)).toMatchObject({ kind: 'ended', result: { message: 'The second.' } });
  });

  it('takes the marks off what it ended, and no others', async () => {
    const other = claimRow('9', { verdict: 'expired', actions: ['reap'], sourceId: 'source-2' });
    const host = new ScriptedHost([stale, other]);
    app = createApp(host, clock);
    await settle();
    app.marks.allStale();
    expect(app.store.getState().marked.size).toBe(2);
    app.actions.begin(stale.key, 'reap');
    await settle();
    app.actions.commit({ reason: '', confirmation: '' });
    await settle();
    expect([...app.store.getState().marked.keys()]).toEqual([other.key]);
  });

  it('is planned in the end, however fast its row changes and however slow the plan is', async () => {
    const host = new ScriptedHost([stale]);
    host.answers.plan = async (params) => {
      await new Promise<void>((resolve) => {
        clock.after(400, resolve);
      });
      return host.plan(params);
    };
    const running = await opened(host);
    for (let n = 0; n < 20; n += 1) {
      host.put({ ...stale, holderNote: `pid ${n.toString()}` });
      await clock.pass(100);
    }
    expect(stage(running)?.kind).toBe('planned');
    expect(host.count('plan')).toBeGreaterThan(2);
    expect(host.count('plan'), 'One at a time.').toBeLessThan(7);
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

describe('an undo', () => {
  it('tells how it ended wherever one looks by then, and what went wrong after it until that is dismissed', async () => {
    const kept = { file: 'ledger.lock', to: '.lockscope/1' };
    const host = new ScriptedHost([], {
      undoables: () => [
        {
          ...kept,
          id: 'u1',
          sourceId: 'source-1',
          action: 'reap',
          files: [kept],
          resource: 'ledger.lock',
          holder: null,
          seen: 'x',
          takenAt: '2026-01-01T00:00:00Z',
          reason: null,
          against: null,
        },
      ],
      undo: () => ({ kind: 'done', message: 'It is back.', written: [], warnings: ['A peer wrote meanwhile.'] }),
    });
    app = createApp(host, clock);
    await settle();
    app.show('audit');
    await settle();
    await app.undo('source-1', 'u1');
    await clock.pass(60_000);
    expect(app.store.getState()).toMatchObject({
      lastResult: { tone: 'error', text: 'Undo ledger.lock: done, with warnings' },
      toasts: [{ tone: 'error', title: 'Undo ledger.lock: done, but look at this', text: 'A peer wrote meanwhile.' }],
    });
  });
});
