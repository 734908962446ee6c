import type { Dirent } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describeError, errorCode } from '../../core/host/errors';
import { quoteHostile } from '../../core/model';
import type { ProtocolPort } from '../../core/port';
import { POOLED_FILES, type WalkFiles } from './walk-files';

/** How far discovery goes, at most. */
export interface DiscoverLimits {
  /** Levels of folders below the opened one. */
  readonly depth: number;
  readonly ms: number;
  readonly folders: number;
  readonly sources: number;
}

export const DISCOVER_LIMITS: DiscoverLimits = { depth: 6, ms: 5_000, folders: 20_000, sources: 1_000 };

/** A folder that a protocol took for its own. */
export interface FoundSource {
  readonly port: ProtocolPort;
  /** Absolute, links resolved. */
  readonly folder: string;
}

export interface Discovery {
  /** In the order of their paths. */
  readonly found: readonly FoundSource[];
  /** Why not everything below was looked at, in words that end a sentence; null when everything was. */
  readonly cutShort: string | null;
  /**
   * Why the path itself cannot be looked at, in words without a full stop; null when it can be, when the system does
   * not tell in time, and when anything was found. A file is no trouble: it stands for its folder.
   */
  readonly closed: string | null;
}

/** How an inspector finds the sources at an absolute path and below. Never rejects; ends at once when aborted. */
export type Discover = (start: string, signal: AbortSignal) => Promise<Discovery>;

export interface WalkOptions {
  readonly limits?: DiscoverLimits;
  readonly files?: WalkFiles;
  /** Folders and links that are not touched. */
  readonly passOver?: readonly string[];
  /** Called before anything at a path is touched; for the path that was opened, as it was given. */
  readonly onAt?: (path: string) => void;
  readonly onFound?: (found: FoundSource) => void;
}

const FURTHER_DOWN = 'Open a folder further down to see the rest';
const PASSED_OVER = new Set(['node_modules', '.git']);
const CLOSED_AT_MOST_MS = 2_000;

/**
 * Finds the sources at `start` (absolute) and below. Never throws and never takes much longer than `limits.ms`,
 * whatever is there: what cannot be looked at is passed over.
 *
 * A folder that is a source is not looked into further, unless its protocol says that others may lie there. A link is followed only to a folder below `start`;
 * each real folder is looked at once.
 */
export async function discover(
  start: string,
  ports: readonly ProtocolPort[],
  signal: AbortSignal,
  options: WalkOptions = {},
): Promise<Discovery> {
  const { limits = DISCOVER_LIMITS, files = POOLED_FILES } = options;
  const walk = new Walk(ports, { ...options, limits, files });
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  // A file call on a dead network folder may never come back: then the walk is left behind, not waited for.
  const stopped = new Promise<void>((resolve) => {
    stop = () => {
      walk.stop(null);
      resolve();
    };
    timer = setTimeout(() => {
      walk.stop(`it took longer than ${(limits.ms / 1000).toString()} s. ${FURTHER_DOWN}`);
      resolve();
    }, limits.ms);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  await Promise.race([stopped, walk.from(start)]);
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  const result = walk.result();
  const isOver = signal.aborted || result.found.length > 0;
  return { ...result, closed: isOver ? null : await whyClosed(start, files) };
}

class Walk {
  readonly #ports: readonly ProtocolPort[];
  readonly #options: WalkOptions & Required<Pick<WalkOptions, 'limits' | 'files'>>;
  readonly #passOver: ReadonlySet<string>;
  readonly #found = new Map<string, FoundSource>();
  readonly #visited = new Set<string>();
  #start = '';
  #root = '';
  #cutShort: string | null = null;
  #isStopped = false;

  constructor(ports: readonly ProtocolPort[], options: WalkOptions & Required<Pick<WalkOptions, 'limits' | 'files'>>) {
    this.#ports = ports;
    this.#options = options;
    this.#passOver = new Set(options.passOver);
  }

  stop(why: string | null): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cutShort ??= why;
  }

  result(): Omit<Discovery, 'closed'> {
    const found = [...this.#found.values()].sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0));
    return { found, cutShort: this.#cutShort };
  }

  async from(start: string): Promise<void> {
    const { files } = this.#options;
    this.#start = start;
    if (!this.#mayTouch(start)) return;
    const real = await quietly(files.realpath(start));
    const stats = real === null ? null : await quietly(files.stat(real));
    if (real === null || stats === null || this.#isStopped) return;
    // A file that was dropped stands for the folder that it is in, but not for everything beside it.
    if (!stats.isDirectory()) {
      if (stats.isFile()) await this.#recognise(path.dirname(real));
      return;
    }
    this.#root = real;
    let level = [real];
    // A walk that is stopped finds no further level.
    for (let depth = 0; level.length > 0; depth += 1) {
      level = await this.#level(level, depth);
    }
    await this.#recogniseOpened(real);
  }

  /** What may lie anywhere is looked for only at the path itself that was opened, when it is no source already. */
  async #recogniseOpened(folder: string): Promise<void> {
    for (const port of this.#ports) {
      if (this.#isStopped || this.#found.has(foundKey(port, folder)) || !this.#mayTouch(folder)) return;
      const given = await quietly(Promise.resolve(folder).then((at) => port.recogniseOpened?.(at) ?? null));
      if (given !== null) this.#add(port, given);
    }
  }

  /** Looks at all folders of one level and returns those of the next. */
  async #level(folders: readonly string[], depth: number): Promise<string[]> {
    const below: string[] = [];
    const { atATime } = this.#options.files;
    for (let from = 0; from < folders.length && !this.#isStopped; from += atATime) {
      const batch = folders.slice(from, from + atATime);
      const lists = await Promise.all(batch.map((folder) => this.#visit(folder, depth)));
      for (const list of lists) below.push(...list);
      // Whoever wants to stop the walk, or to know whether this thread still answers, has a turn.
      await nextTurn();
    }
    return below;
  }

  /** False when it is to be passed over. */
  #mayTouch(at: string): boolean {
    const path = at === this.#root ? this.#start : at;
    if (this.#passOver.has(path)) return false;
    this.#options.onAt?.(path);
    return true;
  }

  async #visit(folder: string, depth: number): Promise<readonly string[]> {
    if (this.#isStopped || this.#visited.has(folder)) return [];
    if (this.#visited.size >= this.#options.limits.folders) {
      this.stop(`there are more than ${this.#options.limits.folders.toString()} folders. ${FURTHER_DOWN}`);
      return [];
    }
    this.#visited.add(folder);
    if (!this.#mayTouch(folder)) return [];
    if (await this.#recognise(folder)) return [];
    const below = await this.#foldersIn(folder);
    if (depth < this.#options.limits.depth) return below;
    if (below.length > 0)
      this.#cutShort ??= `there are folders more than ${this.#options.limits.depth.toString()} levels down. ${FURTHER_DOWN}`;
    return [];
  }

  /** Whether it is a source that nothing else is looked for below. */
  async #recognise(folder: string): Promise<boolean> {
    let isClosed = false;
    for (const port of this.#ports) {
      const given = await quietly(Promise.resolve(folder).then((at) => port.recognise(at)));
      const real = given === null ? null : await quietly(this.#options.files.realpath(given));
      if (real === null || this.#isStopped) continue;
      isClosed ||= port.mayHoldOthers !== true;
      this.#add(port, real);
    }
    return isClosed;
  }

  #add(port: ProtocolPort, folder: string): void {
    if (this.#isStopped) return;
    if (this.#found.size >= this.#options.limits.sources) {
      this.stop(`there are more than ${this.#options.limits.sources.toString()} sources. ${FURTHER_DOWN}`);
      return;
    }
    const found = { port, folder };
    this.#found.set(foundKey(port, folder), found);
    this.#options.onFound?.(found);
  }

  async #foldersIn(folder: string): Promise<readonly string[]> {
    const folders: string[] = [];
    try {
      for await (const entry of this.#options.files.list(folder)) {
        if (this.#isStopped) break;
        if (PASSED_OVER.has(entry.name)) continue;
        const real = await this.#realFolder(path.join(folder, entry.name), entry);
        if (real !== null) folders.push(real);
      }
    } catch (error) {
      // A folder that this user may not look into may hold claims, and that is said. One that became unreadable while
      // it was listed has told something before, and that still counts.
      const code = errorCode(error);
      if (code === 'EACCES' || code === 'EPERM') {
        this.#cutShort ??= `this user may not look into ${quoteHostile(folder, 1000)}`;
      }
    }
    return folders.sort();
  }

  /** The real folder behind an entry; null for anything else, and for a link that leads out. */
  async #realFolder(full: string, entry: Dirent): Promise<string | null> {
    if (entry.isDirectory()) return full;
    const mayBeFolder =
      entry.isSymbolicLink() ||
      // Some filesystems do not say in a listing what an entry is.
      !(entry.isFile() || entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice());
    if (!mayBeFolder) return null;
    if (!this.#mayTouch(full)) return null;
    const { files } = this.#options;
    const real = await quietly(files.realpath(full));
    if (real === null || !isBelow(real, this.#root)) return null;
    return (await quietly(files.stat(real)))?.isDirectory() === true ? real : null;
  }
}

function foundKey({ protocol }: ProtocolPort, folder: string): string {
  return `${protocol}\0${folder}`;
}

function isBelow(folder: string, root: string): boolean {
  return folder.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

/** See `Discovery.closed`. */
async function whyClosed(folder: string, files: WalkFiles): Promise<string | null> {
  const look = async (): Promise<string | null> => {
    try {
      if (!(await files.stat(folder)).isDirectory()) return null;
      // The first name is enough to know that the others may be had.
      const names = files.list(folder)[Symbol.asyncIterator]();
      await names.next();
      await names.return?.();
      return null;
    } catch (error) {
      return describeError(error);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, CLOSED_AT_MOST_MS, null);
  });
  const why = await Promise.race([look(), late]);
  clearTimeout(timer);
  return why;
}

async function quietly<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch {
    return null;
  }
}
