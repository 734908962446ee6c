import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForShell } from '../../core/host/shell-word';
import { instantFromMs, type Plan, type Transition } from '../../core/model';
import { claimKeyOf, sourceIdOf, sourceIdOfKey } from '../../inspector/ids';
import { Plans } from '../../inspector/plans';
import { Gate, SerialQueue } from '../../inspector/serial-queue';
import { TransitionHistory } from '../../inspector/transition-history';
import { watchSource } from '../../inspector/watch-source';
import { eventually, sleep } from '../helpers/inspect';

describe('a quoted name', () => {
  it.each([
    '1.2',
    "it's",
    '',
    '$(reboot)',
    '`x`',
    'a\nb\n',
    '\u001b[201~\rrm',
    '\u202eabc',
    '-rf',
    '!!',
    '\\',
    'ü\u{1f600}\u0085',
    "'\u0007'",
  ])('means itself to a shell: %j', (text) => {
    const quoted = quoteForShell(text)!;
    const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s|' ${quoted}`]);
    expect(stdout.toString()).toBe(`${text}|`);
    expect(quoted).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('cannot hold what no command line can carry', () => {
    expect(quoteForShell('a\0b')).toBeNull();
    expect(quoteForShell('\ud800')).toBeNull();
  });

  it('means itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 40 }), (texts) => {
        const usable = texts.map((text) => text.replaceAll('\0', ''));
        const { stdout } = spawnSync('/bin/sh', [
          '-c',
          `printf '%s\\0' ${usable.map((text) => quoteForShell(text)).join(' ')}`,
        ]);
        expect(stdout.toString().split('\0').slice(0, -1)).toEqual(usable);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a key', () => {
  it('names its source, is different for each claim and never too long for a message', () => {
    const id = sourceIdOf('ledger', '/secret');
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(sourceIdOf('ledger', '/secre')).not.toBe(id);
    const ids = ['a', 'a:b', '#', '', 'x'.repeat(400), 'x'.repeat(401), 'x'.repeat(100_000)];
    const keys = ids.map((claimId) => claimKeyOf(id, claimId));
    expect(new Set(keys).size).toBe(ids.length);
    for (const key of keys) {
      expect(sourceIdOfKey(key)).toBe(id);
      expect(key.length).toBeLessThanOrEqual(512);
    }
  });
});

describe('plans', () => {
  const made = { action: 'reap', needs: { reason: false, confirmation: null } } as Plan;
  const request = { action: 'reap', claims: [{ claimId: 'a', seen: 's' }], actAs: null } as const;

  it('are kept for ten minutes, and at most 200 of them', () => {
    let nowMs = 0;
    const plans = new Plans(() => nowMs);
    const first = plans.keep('s', request, made).id;
    nowMs = 9 * 60_000;
    expect(plans.get(first).kind).toBe('taken');
    const second = plans.keep('s', request, made).id;
    nowMs = 10 * 60_000;
    expect(plans.get(first).kind).toBe('refused');
    expect(plans.take(second).kind).toBe('taken');
    expect(plans.take(second).kind).toBe('refused');
    const third = plans.keep('s', request, made).id;
    for (let i = 0; i < 199; i += 1) plans.keep('s', request, made);
    expect(plans.get(third).kind).toBe('taken');
    plans.keep('s', request, made);
    expect(plans.get(third).kind).toBe('refused');
  });
});

describe('the history of a claim', () => {
  const at = (ms: number, basis: Transition['basis'], sequence: number): Transition => ({
    claimId: 'a',
    kind: basis === 'recorded' ? 'taken' : 'expired',
    at: instantFromMs(ms),
    basis,
    sequence,
    holder: null,
    until: null,
  });

  it('puts what was observed between what was recorded, and keeps the newest', () => {
    const history = new TransitionHistory();
    const sequences = (recorded: readonly Transition[], limit: number) =>
      history.mergedWith(recorded, 'a', limit).map(({ sequence }) => sequence);
    history.add(at(20, 'observed', 0));
    // A clock that ran behind does not change the order of the source.
    const recorded = [at(10, 'recorded', 1), at(30, 'recorded', 2), at(5, 'recorded', 3)];
    expect(sequences(recorded, 200)).toEqual([1, 0, 2, 3]);
    expect(sequences(recorded, 2)).toEqual([2, 3]);
    expect(sequences([], 200)).toEqual([0]);
    expect(history.mergedWith([], 'b', 200)).toEqual([]);
    for (let i = 100; i < 5_000; i += 1) history.add(at(i, 'observed', i));
    expect(sequences(recorded, 10_000).length).toBeLessThanOrEqual(1_253);
    expect(sequences(recorded, 1)).toEqual([4_999]);
  });
});

describe('watching', () => {
  it('merges hints of one burst, reads one at a time, and again when hinted meanwhile', async () => {
    let hint = (): void => undefined;
    const reads: number[] = [];
    let running = 0;
    const watch = watchSource({
      watch: (given) => {
        hint = given;
        return () => undefined;
      },
      read: async () => {
        running += 1;
        expect(running).toBe(1);
        reads.push(performance.now());
        await sleep(20);
        running -= 1;
        return true;
      },
    });
    await eventually(() => reads.length === 1);
    await sleep(40);
    const hintedAt = performance.now();
    for (let i = 0; i < 100; i += 1) hint();
    await eventually(() => reads.length === 2);
    expect(reads[1]! - hintedAt).toBeLessThan(40);
    hint();
    hint();
    await eventually(() => reads.length === 3);
    await sleep(100);
    expect(reads).toHaveLength(3);
    watch.dispose();
    hint();
    await sleep(30);
    expect(reads).toHaveLength(3);
  });

  it('does not let hints that keep coming put a reading off for long', async () => {
    let hint = (): void => undefined;
    let reads = 0;
    const watch = watchSource({
      watch: (given) => {
        hint = given;
        return () => undefined;
      },
      read: () => {
        reads += 1;
        return Promise.resolve(true);
      },
    });
    await eventually(() => reads === 1);
    const until = performance.now() + 400;
    while (performance.now() < until) {
      hint();
      await sleep(1);
    }
    expect(reads).toBeGreaterThan(4);
    expect(reads).toBeLessThan(80);
    watch.dispose();
  });
});

describe('queues', () => {
  it('run in order, past a failure; a gate lets a few in at a time', async () => {
    const queue = new SerialQueue();
    const seen: number[] = [];
    const failing = queue.run(() => Promise.reject(new Error('no')));
    const after = queue.run(() => Promise.resolve(seen.push(1)));
    await expect(failing).rejects.toThrow('no');
    await after;
    expect(seen).toEqual([1]);

    const gate = new Gate(2);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 9 }, () =>
        gate.run(async () => {
          running += 1;
          most = Math.max(most, running);
          await sleep(2);
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
  });
});
