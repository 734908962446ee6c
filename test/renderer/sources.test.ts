import { describe, expect, it } from 'vitest';
import type { VerifyOutcome } from '../../core/model';
import { createApp } from '../../renderer/store/app';
import { HandClock, promised } from './hand-clock';
import { claimRow } from './rows';
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

describe('a machine that slept', () => {
  it('says so until all was looked at again', async () => {
    const host = new ScriptedHost([]);
    const clock = new HandClock();
    const app = createApp(host, clock);
    await clock.pass(3_000);
    expect(app.store.getState().slept).toBeNull();
    clock.jump(3_600_000);
    await clock.pass(2_000);
    expect(app.store.getState().slept?.forMs).toBeGreaterThanOrEqual(3_600_000);
    await clock.pass(10_000);
    expect(app.store.getState().slept).toBeNull();
    app.dispose();
  });
});
