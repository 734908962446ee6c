import { describe, expect, it } from 'vitest';
import type { VerifyOutcome } from '../../core/model';
import { type App, createApp } from '../../renderer/store/app';
import { HandClock, promised } from './hand-clock';
import { claimRow, sourceRow } from './rows';
import { ScriptedHost } from './scripted-host';

describe('verifying a source', () => {
  it('is asked once at a time, and its end is told in words', async () => {
    const answer = promised<VerifyOutcome>();
    const host = new ScriptedHost([claimRow('1')], { verify: () => answer.promise });
    const clock = new HandClock();
    const app = createApp(host, clock);
    await clock.pass(10);
    app.sources.verify('source-1');
    app.sources.verify('source-1');
    await clock.pass(10);
    expect(host.count('verify')).toBe(1);
    expect(app.store.getState().verified.get('source-1')).toEqual({ kind: 'running' });
    answer.resolve({ kind: 'differed', differences: ['Event #3 was changed.'], head: 9, claims: 1, tookMs: 1_200 });
    await clock.pass(10);
    expect(app.store.getState().verified.get('source-1')).toMatchObject({ kind: 'ended', atMs: clock.nowMs() - 10 });
    expect(app.store.getState().toasts).toMatchObject([
      {
        tone: 'warning',
        title: 'parity proof: it was not as shown',
        text: 'Event #3 was changed. From now on what was read just now is shown.',
      },
    ]);
    app.dispose();
  });
});

describe('a clock that moved too far at once', () => {
  const moved = (of: App) => of.store.getState().clockMoved;

  async function running(host: ScriptedHost): Promise<{ readonly app: App; readonly clock: HandClock }> {
    const clock = new HandClock();
    const app = createApp(host, clock);
    await clock.pass(3_000);
    expect(moved(app)).toBeNull();
    return { app, clock };
  }

  it('is told until all was looked at again', async () => {
    const { app, clock } = await running(new ScriptedHost([]));
    clock.jump(3_600_000);
    await clock.pass(2_000);
    expect(moved(app)?.byMs).toBeGreaterThanOrEqual(3_600_000);
    await clock.pass(10_000);
    expect(moved(app)).toBeNull();
    app.dispose();
  });

  it('is told for as long as a disk does not answer, or what is read every 2 s was not read', async () => {
    const host = new ScriptedHost([]);
    const { app, clock } = await running(host);
    const looking = { watch: 'looking', readAtMs: clock.nowMs() } as const;
    host.putSource(sourceRow('source-1', { readAtMs: clock.nowMs(), waitingSinceMs: clock.nowMs() }));
    clock.jump(3_600_000);
    await clock.pass(30_000);
    expect(moved(app)).not.toBeNull();
    host.putSource(sourceRow('source-1', looking));
    await clock.pass(10_000);
    expect(moved(app)).not.toBeNull();
    host.putSource(sourceRow('source-1', { ...looking, readAtMs: clock.nowMs() }));
    await clock.pass(2_000);
    expect(moved(app)).toBeNull();
    app.dispose();
  });

  it('may have been set back', async () => {
    const { app, clock } = await running(new ScriptedHost([]));
    clock.setBack(3_600_000);
    await clock.pass(2_000);
    expect(moved(app)?.byMs).toBeLessThan(-3_500_000);
    app.dispose();
  });
});

describe('the clipboard', () => {
  it('that cannot be reached is told, with what is short enough to be copied by hand', async () => {
    const app = createApp(new ScriptedHost([]), new HandClock());
    expect(await app.copy('/proofs/parity')).toBe(false);
    expect(app.store.getState().toasts).toMatchObject([
      { tone: 'warning', title: 'The clipboard could not be reached', text: '/proofs/parity' },
    ]);
    app.dispose();
  });
});
