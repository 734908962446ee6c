import { createHook, executionAsyncResource } from 'node:async_hooks';

const SOURCE = Symbol('the source that this was begun for');
type Tagged = object & { [SOURCE]?: number };

/**
 * Notes in memory that another thread sees for which source this thread is at work: also in what a source began and
 * what goes on later, its timers and watches among it. So when a disk keeps this thread from answering, the other
 * one knows whose disk it is. 0 stands for no source.
 */
export class AtWork {
  readonly #cell: Int32Array;

  constructor(cell: Int32Array) {
    this.#cell = cell;
    createHook({
      init: (_id, _type, _trigger, resource: Tagged) => {
        const source = (executionAsyncResource() as Tagged)[SOURCE];
        if (source !== undefined) resource[SOURCE] = source;
      },
      before: () => {
        this.#note((executionAsyncResource() as Tagged)[SOURCE] ?? 0);
      },
    }).enable();
  }

  /** Runs `task`, and whatever it begins, for a source. */
  run<T>(source: number, task: () => T): T {
    const resource: Tagged = executionAsyncResource();
    const outer = resource[SOURCE] ?? 0;
    resource[SOURCE] = source;
    this.#note(source);
    try {
      return task();
    } finally {
      resource[SOURCE] = outer;
      this.#note(outer);
    }
  }

  #note(source: number): void {
    Atomics.store(this.#cell, 0, source);
  }
}
