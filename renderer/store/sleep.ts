import type { SourceRow } from '../../core/model';
import type { Clock, Ticker } from './clock';
import type { AppState, AppStore } from './state';

/** The clock moves once a second; in a window that nobody sees a browser lets it move once a minute. */
const MOVED_FROM_MS = 90_000;
/** After so long every source that answers was looked at again. */
const LOOKED_AGAIN_MS = 6_000;
/** Where some do not answer, it is seen so often whether they do by now. */
const AGAIN_MS = 1_000;

/**
 * Notices that the clock moved too far at once: the machine slept, this window was stopped, or somebody set the clock.
 * Says so until everything was looked at again. Returns the disposer.
 */
export function keepSleep(store: AppStore, ticker: Ticker, clock: Clock): () => void {
  let cancel = (): void => undefined;
  const unsubscribe = ticker.subscribe(({ nowMs }, before) => {
    const byMs = nowMs - before.nowMs;
    if (Math.abs(byMs) < MOVED_FROM_MS) return;
    store.setState({ clockMoved: { byMs } });
    endIn(LOOKED_AGAIN_MS, nowMs + store.getState().clockAheadMs);
  });

  /** `sinceMs` is unix ms of the host's clock. */
  function endIn(ms: number, sinceMs: number): void {
    cancel();
    cancel = clock.after(ms, () => {
      if (isLookedAgain(store.getState(), sinceMs)) store.setState({ clockMoved: null });
      else endIn(AGAIN_MS, sinceMs);
    });
  }

  return () => {
    unsubscribe();
    cancel();
  };
}

function isLookedAgain({ connection, picture }: AppState, sinceMs: number): boolean {
  return connection.kind !== 'lost' && picture.sources.every((source) => isSourceLookedAt(source, sinceMs));
}

/**
 * A watch looks every 2 s, and has its source read only where something changed; one that nobody may watch is read
 * each time. What is out of reach, or not read at all, says so itself.
 */
function isSourceLookedAt({ status, watch, waitingSinceMs, readAtMs }: SourceRow, sinceMs: number): boolean {
  if (waitingSinceMs !== undefined) return false;
  return watch !== 'looking' || status.kind !== 'readable' || (readAtMs ?? 0) >= sinceMs;
}
