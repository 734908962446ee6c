/** Runs tasks one after another, in the order in which they were asked for. A task that fails does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `task` does, once all earlier tasks have ended. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything asked for up to now has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}

/** Lets at most `limit` tasks run at a time; the others wait in their order. */
export class Gate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves or rejects as `task` does. With `leave` it gives up its place before it ends. */
  async run<T>(task: (leave: () => void) => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else {
      this.#running += 1;
    }
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      // The place is handed on, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    };
    try {
      return await task(leave);
    } finally {
      leave();
    }
  }
}
