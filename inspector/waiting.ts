import { performance } from 'node:perf_hooks';

/** A source that does not answer for longer than this, in ms, is being waited for. */
const PATIENCE_MS = 2_000;

/** As long for what may wait for a lock of the source's own, and says so itself when it does not get it. */
export const PATIENCE_WITH_WRITES_MS = 8_000;

/** Notices when a call of a source takes long. One call at a time. */
export class Waiting {
  readonly #onLong: (forMs: number) => void;
  readonly #onAnswer: () => void;
  readonly #whenLong = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #patienceMs = PATIENCE_MS;
  #heardMs = 0;
  #isLong = false;

  /** `onLong` is told how long it has been, in ms; `onAnswer` follows when there is an answer after all. */
  constructor(onLong: (forMs: number) => void, onAnswer: () => void) {
    this.#onLong = onLong;
    this.#onAnswer = onAnswer;
  }

  /** Resolves or rejects as `call` does. */
  async during<T>(call: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
    this.#heardMs = performance.now();
    this.#patienceMs = patienceMs;
    this.#arm(patienceMs);
    try {
      return await call();
    } finally {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      this.#answered();
    }
  }

  /** It is slow, but at work. */
  heard(): void {
    this.#heardMs = performance.now();
    if (this.#isLong) this.#arm(this.#patienceMs);
    this.#answered();
  }

  /** What `promise` resolves to, or `fallback` as soon as the source is being waited for. */
  async orElse<T>(promise: Promise<T>, fallback: T): Promise<T> {
    let giveUp = (): void => undefined;
    const long = new Promise<T>((resolve) => {
      giveUp = () => resolve(fallback);
    });
    if (this.#isLong) giveUp();
    this.#whenLong.add(giveUp);
    try {
      return await Promise.race([long, promise]);
    } finally {
      this.#whenLong.delete(giveUp);
    }
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      const forMs = performance.now() - this.#heardMs;
      // A timer may be a little early.
      if (forMs < this.#patienceMs - 1) {
        this.#arm(this.#patienceMs - forMs);
        return;
      }
      this.#timer = null;
      this.#isLong = true;
      this.#onLong(forMs);
      for (const giveUp of this.#whenLong) giveUp();
    }, ms);
  }

  #answered(): void {
    if (!this.#isLong) return;
    this.#isLong = false;
    this.#onAnswer();
  }
}

/** What `promise` resolves to, or `fallback` when that takes longer than `ms`. Rejects as it does, if that is earlier. */
export async function within<T>(ms: number, promise: Promise<T>, fallback: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, fallback);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
