import { Worker } from 'node:worker_threads';

/** So often the guard looks, in ms. */
const EVERY_MS = 500;
/** After so many looks at one and the same request the process is killed: whoever asked has given up by then. */
const MOST_LOOKS = 20;
/** After so many without whoever started it, where it only reads. */
const ORPHAN_LOOKS = 2;

/** In the words that the two threads share: which request is at work (0: none), and whether it writes. */
const AT_WORK = 0;
const WRITES = 1;

// It is no file of its own, so that the program stays one file, and loads nothing, so that it costs the start little.
const WATCH = `
const { workerData: { words, parent, everyMs, mostLooks, orphanLooks } } = require('node:worker_threads');
const isOrphan = () => {
  if (process.ppid !== parent) return true;
  try { process.kill(parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
};
let seen = 0, looks = 0, alone = 0;
setInterval(() => {
  const call = Atomics.load(words, ${AT_WORK.toString()});
  looks = call !== 0 && call === seen ? looks + 1 : 0;
  seen = call;
  const isReading = call !== 0 && Atomics.load(words, ${WRITES.toString()}) === 0;
  alone = isReading && isOrphan() ? alone + 1 : 0;
  if (looks >= mostLooks || alone >= orphanLooks) process.kill(process.pid, 'SIGKILL');
}, everyMs);
`;

/**
 * Kills this process where its one thread is held up for too long by a call of SQLite or of the system, in which it hears
 * nothing: after 10 s in one request, and after one second where whoever started it is gone and it only reads. A killed
 * write is taken back by whoever opens the database next.
 */
export class ProcessGuard {
  readonly #words = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  #calls = 0;

  constructor() {
    const workerData = {
      words: this.#words,
      parent: process.ppid,
      everyMs: EVERY_MS,
      mostLooks: MOST_LOOKS,
      orphanLooks: ORPHAN_LOOKS,
    };
    try {
      const worker = new Worker(WATCH, { eval: true, workerData, execArgv: [], env: {}, stderr: true });
      worker.on('error', () => undefined);
      worker.unref();
    } catch {
      // Where no thread can be started, whoever asks still kills what takes too long.
    }
  }

  begin(isWrite: boolean): void {
    this.#calls = (this.#calls % 0x7fff_ffff) + 1;
    Atomics.store(this.#words, WRITES, isWrite ? 1 : 0);
    Atomics.store(this.#words, AT_WORK, this.#calls);
  }

  end(): void {
    Atomics.store(this.#words, AT_WORK, 0);
  }
}
