import type { Worker } from 'node:worker_threads';
import { SourceThread } from './source-thread';

/** So many threads at work, however many sources there are. */
const AT_WORK_AT_MOST = 4;
/** So many altogether, with those that a disk holds up and that therefore work for nobody. */
const AT_MOST = 8;

export interface ThreadPoolOptions {
  /** Starts a thread that runs `serveProtocols`. */
  readonly start: () => Worker;
}

/**
 * The threads that touch sources: started when they are needed, four at most. A disk that does not answer holds up
 * its own thread; then that one gets no new sources, those that merely share it go to others, and another may be
 * started in its place.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<SourceThread>();
  #isEnding = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** The thread with the fewest sources among those that answer; where none does, among all. Throws when ending. */
  pick(): SourceThread {
    if (this.#isEnding) throw new Error('Lockscope is closing');
    const answering = [...this.#threads].filter((thread) => !thread.isHeld);
    const idle = answering.find((thread) => thread.load === 0);
    if (idle !== undefined) return idle;
    if (this.#hasRoom(answering.length)) return this.#start();
    const [first, ...others] = answering.length > 0 ? answering : [...this.#threads];
    if (first === undefined) return this.#start();
    return others.reduce((fewest, thread) => (thread.load < fewest.load ? thread : fewest), first);
  }

  /** Ends all threads. Resolves in bounded time, also when one of them sits in a call of the system that does not return. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  #hasRoom(answering: number): boolean {
    return answering < AT_WORK_AT_MOST && this.#threads.size < AT_MOST;
  }

  #start(): SourceThread {
    const thread = new SourceThread(this.#options.start(), {
      onHeld: (held, atWorkFor) => {
        const answering = [...this.#threads].filter((each) => !each.isHeld).length;
        if (answering > 0 || this.#hasRoom(answering)) held.letOthersGo(atWorkFor);
      },
      onEnd: (ended) => {
        this.#threads.delete(ended);
        if (this.#threads.size === 0) process.off('exit', this.#onExit);
      },
    });
    if (this.#threads.size === 0) process.on('exit', this.#onExit);
    this.#threads.add(thread);
    return thread;
  }

  /**
   * A process that ends waits for its threads, also for one that sits in a call of the system and cannot be ended.
   * Only the system's own way out gets past that; everything of ours was ended before.
   */
  readonly #onExit = (): void => {
    if ([...this.#threads].some((thread) => thread.isStuck)) process.kill(process.pid, 'SIGKILL');
  };
}
