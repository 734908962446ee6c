import { createStore, type StoreApi } from 'zustand/vanilla';

/** This machine's clock, and how to be called back later. Passed in, so that tests own the time. */
export interface Clock {
  readonly nowMs: () => number;
  /** Calls back once, after `ms`. Returns the disposer. */
  readonly after: (ms: number, call: () => void) => () => void;
}

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** The moment that relative times are shown for. Moves once a second, so that all of them tick together. */
export type Ticker = StoreApi<{ readonly nowMs: number }>;

/** Starts a ticker; the second value stops it. */
export function startTicker(clock: Clock): readonly [Ticker, () => void] {
  const ticker = createStore(() => ({ nowMs: clock.nowMs() }));
  let cancel: () => void;
  const tick = (): void => {
    ticker.setState({ nowMs: clock.nowMs() });
    cancel = clock.after(1000 - (clock.nowMs() % 1000), tick);
  };
  cancel = clock.after(1000 - (clock.nowMs() % 1000), tick);
  return [
    ticker,
    () => {
      cancel();
    },
  ];
}
