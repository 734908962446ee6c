import { type Dirent, opendirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a walk asks of the system. Everything may reject. */
export interface WalkFiles {
  /** Folders looked at at a time. */
  readonly atATime: number;
  realpath(path: string): Promise<string>;
  stat(path: string): Promise<Pick<Stats, 'isDirectory' | 'isFile'>>;
  list(folder: string): AsyncIterable<Dirent>;
}

const LISTED_AT_A_TIME = 256;

/** For a thread that has other things to do. A disk that does not answer keeps one of the four that Node has for files. */
export const POOLED_FILES: WalkFiles = {
  // The system's own queue for file calls is four wide.
  atATime: 8,
  realpath: (path) => realpath(path),
  stat: (path) => stat(path),
  async *list(folder) {
    yield* await opendir(folder, { bufferSize: LISTED_AT_A_TIME });
  },
};

/**
 * For a thread that is there to be kept waiting: a disk that does not answer keeps this thread and nothing else of the
 * process. One folder at a time, so that whoever is told where the walk is knows which one that is.
 */
export const OWN_THREADS_FILES: WalkFiles = {
  atATime: 1,
  realpath: (path) => atOnce(() => realpathSync(path)),
  stat: (path) => atOnce(() => statSync(path)),
  async *list(folder) {
    const listing = opendirSync(folder, { bufferSize: LISTED_AT_A_TIME });
    try {
      let listed = 0;
      for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
        yield entry;
        listed += 1;
        if (listed % LISTED_AT_A_TIME === 0) await nextTurn();
      }
    } finally {
      listing.closeSync();
    }
  },
};

/** What a call gives that is made now; what it throws is the rejection. */
function atOnce<T>(call: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(call());
  });
}
