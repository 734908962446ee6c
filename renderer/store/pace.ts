import type { Clock } from './clock';

/** Runs one thing again and again, one at a time, sooner or later as it is asked for. */
export interface Pace {
  /** Runs after `ms` at the latest. What is due earlier stays so; while it runs, the next one begins after its end. */
  within(ms: number): void;
  now(): void;
  /** Nothing is due any more, and what runs now keeps nothing from running. */
  stop(): void;
}

/** However often it is asked for, `run` comes; and however slow it is, each of them ends before the next begins. */
export function createPace(clock: Clock, run: () => Promise<void>): Pace {
  let cancel = (): void => undefined;
  /** By the clock; null while nothing is due. */
  let dueMs: number | null = null;
  let isRunning = false;
  let isOverdue = false;
  /** Counts up when it is stopped, so that the end of what ran then is passed over. */
  let turn = 0;

  async function go(): Promise<void> {
    const mine = turn;
    isRunning = true;
    try {
      await run();
    } finally {
      if (mine === turn) {
        isRunning = false;
        if (isOverdue) {
          isOverdue = false;
          void go();
        }
      }
    }
  }

  function within(ms: number): void {
    const atMs = clock.nowMs() + ms;
    if (isOverdue || (dueMs !== null && dueMs <= atMs)) return;
    cancel();
    dueMs = atMs;
    cancel = clock.after(ms, now);
  }

  function now(): void {
    cancel();
    dueMs = null;
    if (isRunning) isOverdue = true;
    else void go();
  }

  return {
    within,
    now,
    stop() {
      turn += 1;
      cancel();
      dueMs = null;
      isRunning = false;
      isOverdue = false;
    },
  };
}
