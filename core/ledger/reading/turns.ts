import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one stretch of reading may keep the thread, in ms, before others get their turn. */
const SLICE_MS = 8;

/** Cuts long work into slices, so that others get their turn and an abort is heard. */
export class Turns {
  readonly #signal: AbortSignal;
  #sliceEndsMs = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether a slice has ended. Where work is in very many steps: asking is cheaper than waiting for `next` each time. */
  isOver(): boolean {
    return performance.now() >= this.#sliceEndsMs;
  }

  throwIfAborted(): void {
    this.#signal.throwIfAborted();
  }

  /** True when a slice has ended. Rejects when aborted. */
  async next(): Promise<boolean> {
    if (!this.isOver()) return false;
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#sliceEndsMs = performance.now() + SLICE_MS;
    return true;
  }
}

/** A whole turn of the event loop: afterwards whatever had come in before it was heard. */
export async function wholeTurn(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
