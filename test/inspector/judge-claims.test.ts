import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExpiryHeap } from '../../inspector/expiry-heap';
import { VerdictTimer } from '../../inspector/judge-claims';

describe('the heap of expiries', () => {
  it('gives out what is due, in order, whatever was set, moved and taken out before', () => {
    const step = fc.record({ value: fc.nat(15), at: fc.option(fc.integer({ min: -50, max: 50 })), take: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const values = Array.from({ length: 16 }, (_, id) => ({ id }));
        const heap = new ExpiryHeap<{ id: number }>();
        const expected = new Map<number, number>();
        for (const { value, at, take } of steps) {
          if (take) {
            const now = at ?? 0;
            const due = heap.takeDue(now).map(({ id }) => expected.get(id)!);
            expect(due).toEqual([...expected.values()].filter((each) => each <= now).sort((a, b) => a - b));
            for (const [id, each] of [...expected]) if (each <= now) expected.delete(id);
          } else {
            heap.set(values[value]!, at);
            if (at === null) expected.delete(value);
            else expected.set(value, at);
          }
          expect(heap.size).toBe(expected.size);
          expect(heap.next()).toBe(expected.size === 0 ? null : Math.min(...expected.values()));
        }
      }),
    );
  });
});

describe('the verdict timer', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function timer() {
    const due: [number, string][] = [];
    const jumps: number[] = [];
    let offsetMs = 0;
    let monotonicMs = 0;
    const start = Date.now();
    const clock = { nowMs: () => Date.now() + offsetMs };
    const made = new VerdictTimer<{ name: string }>({
      clock,
      monotonicMs: () => Date.now() - start + monotonicMs,
      onDue: (values) => {
        for (const { name } of values) due.push([clock.nowMs(), name]);
      },
      onClockJump: () => jumps.push(clock.nowMs()),
    });
    return {
      made,
      due,
      jumps,
      set: (ms: number) => {
        offsetMs = ms;
      },
      slew: (ms: number) => {
        monotonicMs = ms;
      },
    };
  }

  it('keeps one timer, and wakes for each value at its moment', () => {
    const { made, due } = timer();
    for (let i = 0; i < 100; i += 1) made.set({ name: `late ${i}` }, 1_000_000 + 3_600_000);
    made.set({ name: 'b' }, 1_000_200);
    made.set({ name: 'a' }, 1_000_100);
    const moved = { name: 'moved' };
    made.set(moved, 1_000_050);
    made.set(moved, 1_000_300);
    const gone = { name: 'gone' };
    made.set(gone, 1_000_060);
    made.set(gone, null);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(due).toEqual([
      [1_000_100, 'a'],
      [1_000_200, 'b'],
      [1_000_300, 'moved'],
    ]);
    expect(vi.getTimerCount()).toBe(1);
    made.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for a moment that is many checks of the clock away', () => {
    const { made, due } = timer();
    const far = 1_000_000 + 3_600_000;
    made.set({ name: 'far' }, far);
    vi.advanceTimersByTime(3_599_999);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual([[far, 'far']]);
    made.dispose();
  });

  it.each([-60_000, 60_000])('notices within 2 s that the clock was set by %i ms, once', (ms) => {
    const { made, jumps, set } = timer();
    vi.advanceTimersByTime(100);
    set(ms);
    vi.advanceTimersByTime(2_000);
    expect(jumps).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(jumps).toHaveLength(1);
    made.dispose();
  });

  it('notices small steps when they add up to more than a second', () => {
    const { made, jumps, slew } = timer();
    for (let i = 1; i <= 4; i += 1) {
      slew(i * 300);
      made.checkClock();
    }
    expect(jumps).toHaveLength(1);
    made.dispose();
  });
});
