import type { Change, Changes } from '../core/model';

/** A batch holds at most so many changes: what is more is published as several, each with its number. */
const CHANGES_IN_A_BATCH = 1_000;

/**
 * Numbers every batch of changes and hands it to the listeners, in order.
 * A listener that causes a further change gets it after all listeners had the one before.
 */
export class ChangeFeed {
  readonly #listeners = new Set<(changes: Changes) => void>();
  readonly #pending: Changes[] = [];
  #revision = 0;
  #delivering = false;

  /** The number of the last batch. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Publishes changes, as one batch or as several that follow on each other; nothing happens when there are none.
   * Listeners are called before it returns, unless it was called by one.
   */
  publish(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (let at = 0; at < changes.length; at += CHANGES_IN_A_BATCH) {
      const from = this.#revision;
      this.#revision += 1;
      // Several only where they must be: most are one, and go as they are.
      const batch = changes.length <= CHANGES_IN_A_BATCH ? changes : changes.slice(at, at + CHANGES_IN_A_BATCH);
      this.#pending.push({ from, to: this.#revision, changes: batch });
    }
    if (this.#delivering) return;
    this.#delivering = true;
    for (let batch = this.#pending.shift(); batch !== undefined; batch = this.#pending.shift()) {
      for (const listener of [...this.#listeners]) callSafely(listener, batch);
    }
    this.#delivering = false;
  }

  /** Returns the disposer. */
  subscribe(listener: (changes: Changes) => void): () => void {
    // A wrapper of its own, so that the same function may be subscribed twice.
    const own = (changes: Changes): void => {
      listener(changes);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** One listener that throws must not keep the others from hearing; its error is still told, as a process warning. */
export function callSafely<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  }
}
