import type { LedgerNames } from '../events/ledger-names';
import { listNames } from './ledger-folder';

/** A listing of so few ms may be done whenever somebody doubts. */
const CHEAP_LISTING_MS = 40;
/** A longer one that only makes sure may take this share of the time. */
const LISTING_SHARE = 1 / 50;

/** What listing a ledger folder costs, and listings of it that keep nobody waiting. */
export class SideListing {
  readonly #folder: string;
  readonly #cheapMs: number;
  #endedMs = 0;
  #tookMs = 0;
  #running: AbortController | null = null;

  /** `cheapMs`: a listing that takes less may be done whenever somebody doubts. */
  constructor(folder: string, cheapMs = CHEAP_LISTING_MS) {
    this.#folder = folder;
    this.#cheapMs = cheapMs;
  }

  /** Whether one may as well wait for it. */
  get isCheap(): boolean {
    return this.#tookMs < this.#cheapMs;
  }

  /** Whether it is long enough ago for another one that only makes sure. */
  get isDue(): boolean {
    return this.#running === null && performance.now() - this.#endedMs > this.#tookMs / LISTING_SHARE;
  }

  /** Lists while the caller waits. Rejects with the system's error, or when aborted. */
  list(signal: AbortSignal): Promise<LedgerNames> {
    return this.#timed(listNames(this.#folder, { signal }));
  }

  /**
   * Lists on the side. `then` is called once, outside of any call of ours: with the names, or with null when they could
   * not be had. Not after `stop`. At most one at a time.
   */
  start(then: (names: LedgerNames | null) => void): void {
    const running = new AbortController();
    this.#running = running;
    const ended = (names: LedgerNames | null): void => {
      if (this.#running !== running) return;
      this.#running = null;
      then(names);
    };
    this.#timed(listNames(this.#folder, { signal: running.signal, aside: true })).then(ended, () => {
      ended(null);
    });
  }

  /** Gives up the one that runs. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #timed(listing: Promise<LedgerNames>): Promise<LedgerNames> {
    const startedMs = performance.now();
    const names = await listing;
    this.#endedMs = performance.now();
    this.#tookMs = this.#endedMs - startedMs;
    return names;
  }
}
