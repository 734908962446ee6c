import type { Clock } from '../../renderer/store/clock';

/** A clock that moves only by hand, and lets every promise that is ready go on. */
export class HandClock implements Clock {
  #now = 1_000_000;
  readonly #calls = new Set<{ at: number; readonly call: () => void }>();

  readonly nowMs = (): number => this.#now;

  readonly after = (ms: number, call: () => void): (() => void) => {
    const entry = { at: this.#now + ms, call };
    this.#calls.add(entry);
    return () => {
      this.#calls.delete(entry);
    };
  };

  /** As a machine that sleeps: the time moves on, and nothing runs meanwhile. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** As somebody who sets the clock back: what is due stays due in as long. */
  setBack(ms: number): void {
    this.#now -= ms;
    for (const entry of this.#calls) entry.at -= ms;
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#calls].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#calls.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
  }
}

/** A promise that a test keeps when it wants. */
export function promised<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let keep: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    keep = resolve;
  });
  return { promise, resolve: (value) => keep?.(value) };
}

/** Lets every promise that is ready go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
