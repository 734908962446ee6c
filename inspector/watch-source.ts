import { performance } from 'node:perf_hooks';

/** How long a first hint waits for others that belong to the same write. */
const QUIET_MS = 4;
/** How long hints that keep coming can put a reading off. */
const AT_MOST_MS = 50;
/** A source that could not even be looked at is tried again by itself. */
const RETRY_MS = 2_000;

export interface WatchSourceOptions {
  /** Starts watching, as a port does: may throw where the system lets nobody watch, or call `onUnwatched` later. */
  readonly watch: (hint: () => void, onUnwatched: () => void) => () => void;
  /** It turned out later that nobody may watch. */
  readonly onUnwatched?: () => void;
  /** Reads what is new. False when it failed and should be tried again by itself. */
  readonly read: () => Promise<boolean>;
}

export interface SourceWatch {
  /** `looking`: the system lets nobody watch here, so the source is read every 2 s instead. */
  readonly mode: 'watching' | 'looking';
  dispose(): void;
}

/**
 * Turns hints into readings. Hints of one burst are merged into one reading, which starts a few ms after the first
 * hint and at most 50 ms after it; one reading at a time; a hint during a reading causes one more after it.
 */
export function watchSource({ watch, read, onUnwatched }: WatchSourceOptions): SourceWatch {
  let timer: NodeJS.Timeout | null = null;
  let firstHintMs = 0;
  let isReading = false;
  let isHinted = false;
  let stop: (() => void) | null = null;
  let isDisposed = false;
  // Functions, so that the answer is asked for anew after every wait.
  const isOver = (): boolean => isDisposed;
  const isHintedMeanwhile = (): boolean => isHinted;

  const schedule = (delayMs: number): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      void readNow();
    }, delayMs);
  };

  const readNow = async (): Promise<void> => {
    isReading = true;
    isHinted = false;
    const isRead = await read().catch(() => false);
    isReading = false;
    if (isOver()) return;
    if (isHintedMeanwhile()) hint();
    else if (!isRead || mode === 'looking') schedule(RETRY_MS);
  };

  const hint = (): void => {
    if (isDisposed) return;
    if (isReading) {
      isHinted = true;
      return;
    }
    const nowMs = performance.now();
    if (!isHinted) firstHintMs = nowMs;
    isHinted = true;
    schedule(Math.max(0, Math.min(QUIET_MS, firstHintMs + AT_MOST_MS - nowMs)));
  };

  let mode: SourceWatch['mode'] = 'watching';
  try {
    stop = watch(hint, () => {
      if (isDisposed || mode === 'looking') return;
      mode = 'looking';
      onUnwatched?.();
      if (!isReading && timer === null) schedule(RETRY_MS);
    });
  } catch {
    mode = 'looking';
  }
  // The first reading; it also sees what changed before the watch began.
  schedule(0);

  return {
    get mode() {
      return mode;
    },
    dispose: () => {
      isDisposed = true;
      if (timer !== null) clearTimeout(timer);
      stop?.();
    },
  };
}
