import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isSameFiles, lookAtFiles } from '../database/look-at-files';
import type { FilesSeen } from '../database/messages';

/** Readings begin this far apart at least, in ms, and so that they take at most a twentieth of a processor. */
const PACE_MS = 90;
const SHARE_OF_PROCESSOR = 20;
/** A watch may lose events silently: so often a look makes sure that nothing was missed, in ms. */
const LOOK_EVERY_MS = 2_000;

const NOTHING: FilesSeen = { database: null, wal: null, journal: null };

export interface DatabaseWatchListener {
  readonly onChange: () => void;
  /** Every 2 s, also while the database is being read, or changes all the time. */
  readonly onLook: () => void;
}

/**
 * Tells of changes of one database, and costs those who write it as little as can be: it listens to its folder only
 * while nothing is known to have changed. After one event it stops listening until the reading is done, and then compares
 * what the files are with what they were before the reading, so that nothing is missed. Never throws.
 */
export class DatabaseWatch {
  readonly #path: string;
  readonly #listener: DatabaseWatchListener;
  readonly #look: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isReading = false;
  #canWatch = true;
  #startedMs = Number.NEGATIVE_INFINITY;
  #paceMs = PACE_MS;
  /** As before the last reading; null when what followed it need not show. */
  #known: FilesSeen | null = null;
  #before: FilesSeen = NOTHING;

  /** @param path the database, as it is named: links are followed */
  constructor(path: string, listener: DatabaseWatchListener) {
    this.#path = path;
    this.#listener = listener;
    this.#look = setInterval(() => this.#lookAround(), LOOK_EVERY_MS);
  }

  get mode(): 'watching' | 'looking' {
    return this.#canWatch ? 'watching' : 'looking';
  }

  /** A reading begins: what it finds need not be told. */
  begin(): void {
    this.#isReading = true;
    this.#disarm();
    this.#cancel();
    this.#startedMs = performance.now();
    this.#before = filesNow(this.#path);
  }

  /**
   * It has ended. `files` are what was there before it; null where a change since need not show; `failed` where it came to
   * nothing, which another reading of the same files would too. `cpuMs`: what it took of a processor. `restMs`: the next one
   * begins so long after this one began, at least.
   */
  end(files: FilesSeen | null | 'failed', cpuMs: number, restMs = 0): void {
    this.#isReading = false;
    this.#known = files === 'failed' ? this.#before : files;
    this.#paceMs = Math.max(PACE_MS, cpuMs * SHARE_OF_PROCESSOR, restMs);
    // In this order: what changes between the two is told or seen.
    if (!this.#isChanged()) this.#arm();
    if (this.#isChanged()) this.#tell();
  }

  stop(): void {
    clearInterval(this.#look);
    this.#cancel();
    this.#disarm();
  }

  #isChanged(): boolean {
    return this.#known === null || !isSameFiles(this.#known, filesNow(this.#path));
  }

  #lookAround(): void {
    this.#listener.onLook();
    if (this.#isReading || this.#timer !== null) return;
    if (this.#isChanged()) this.#tell();
    // A folder that was replaced, or could not be watched before, is watched from now on.
    else this.#arm();
  }

  #tell(): void {
    this.#disarm();
    if (this.#timer !== null || this.#isReading) return;
    const waitMs = Math.max(0, this.#startedMs + this.#paceMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#listener.onChange();
    }, waitMs);
  }

  #arm(): void {
    this.#disarm();
    try {
      const real = realOf(this.#path);
      const name = basename(real);
      this.#watcher = watch(dirname(real), (_event, changed) => {
        // The index of the log is of no matter; what is not named may be anything.
        if (changed === null || [name, `${name}-wal`, `${name}-journal`, '.todo2'].includes(changed)) this.#tell();
      });
      this.#watcher.on('error', () => this.#disarm());
      this.#canWatch = true;
    } catch {
      this.#canWatch = false;
    }
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function filesNow(path: string): FilesSeen {
  try {
    return lookAtFiles(realOf(path)).seen;
  } catch {
    return NOTHING;
  }
}

/** Where a path leads; the path itself where that is nowhere. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
