import type { Clock, Ticker } from './clock';
import type { AppStore } from './state';

/** The clock moves once a second; in a window that nobody sees a browser lets it move once a minute. */
const ASLEEP_FROM_MS = 90_000;
/** After so long every source was looked at again. */
const LOOKED_AGAIN_MS = 6_000;

/** Notices that the machine slept, by a clock that moved too far at once, and says so until all was looked at again. Returns the disposer. */
export function keepSleep(store: AppStore, ticker: Ticker, clock: Clock): () => void {
  let cancel = (): void => undefined;
  const unsubscribe = ticker.subscribe(({ nowMs }, before) => {
    const forMs = nowMs - before.nowMs;
    if (forMs < ASLEEP_FROM_MS) return;
    store.setState({ slept: { forMs } });
    cancel();
    cancel = clock.after(LOOKED_AGAIN_MS, () => {
      store.setState({ slept: null });
    });
  });
  return () => {
    unsubscribe();
    cancel();
  };
}
