import type { Dir, Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { describeError, errorCode } from '../core/host/errors';
import { quoteHostile } from '../core/model';
import type { ProtocolPort } from '../core/port';

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
}

const FURTHER_DOWN = 'Open a folder further down to see the rest';
const PASSED_OVER = new Set(['node_modules', '.git']);
/** Folders looked at at a time: the system's own queue for file calls is four wide. */
const AT_A_TIME = 8;

/**
 * Finds the sources at `start` (absolute) and below. Never throws and never takes much longer than `limits.ms`,
 * whatever is there: what cannot be looked at is passed over.
 *
 * A folder that is a source is not looked into further. A link is followed only to a folder below `start`;
 * each real folder is looked at once.
 */
export async function discover(
  start: string,
  ports: readonly ProtocolPort[],
  signal: AbortSignal,
  limits: DiscoverLimits = DISCOVER_LIMITS,
): Promise<Discovery> {
  const walk = new Walk(ports, limits);
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
  return walk.result();
}

class Walk {
  readonly #ports: readonly ProtocolPort[];
  readonly #limits: DiscoverLimits;
  readonly #found = new Map<string, FoundSource>();
  readonly #visited = new Set<string>();
  #root = '';
  #cutShort: string | null = null;
  #isStopped = false;

  constructor(ports: readonly ProtocolPort[], limits: DiscoverLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  stop(why: string | null): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cutShort ??= why;
  }

  result(): Discovery {
    const found = [...this.#found.values()].sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0));
    return { found, cutShort: this.#cutShort };
  }

  async from(start: string): Promise<void> {
    const real = await quietly(realpath(start));
    const stats = real === null ? null : await quietly(stat(real));
    if (real === null || stats === null) return;
    // A file that was dropped stands for the folder that it is in, but not for everything beside it.
    if (!stats.isDirectory()) {
      if (stats.isFile()) await this.#recognise(path.dirname(real));
      return;
    }
    this.#root = real;
    let level = [real];
    for (let depth = 0; level.length > 0 && !this.#isStopped; depth += 1) {
      level = await this.#level(level, depth);
    }
  }

  /** Looks at all folders of one level and returns those of the next. */
  async #level(folders: readonly string[], depth: number): Promise<string[]> {
    const below: string[] = [];
    for (let from = 0; from < folders.length && !this.#isStopped; from += AT_A_TIME) {
      const batch = folders.slice(from, from + AT_A_TIME);
      const lists = await Promise.all(batch.map((folder) => this.#visit(folder, depth)));
      for (const list of lists) below.push(...list);
    }
    return below;
  }

  async #visit(folder: string, depth: number): Promise<readonly string[]> {
    if (this.#isStopped || this.#visited.has(folder)) return [];
    if (this.#visited.size >= this.#limits.folders) {
      this.stop(`there are more than ${this.#limits.folders.toString()} folders. ${FURTHER_DOWN}`);
      return [];
    }
    this.#visited.add(folder);
    if (await this.#recognise(folder)) return [];
    const below = await this.#foldersIn(folder);
    if (depth < this.#limits.depth) return below;
    if (below.length > 0)
      this.#cutShort ??= `there are folders more than ${this.#limits.depth.toString()} levels down. ${FURTHER_DOWN}`;
    return [];
  }

  async #recognise(folder: string): Promise<boolean> {
    let isSource = false;
    for (const port of this.#ports) {
      const given = await quietly(Promise.resolve(folder).then((at) => port.recognise(at)));
      const real = given === null ? null : await quietly(realpath(given));
      if (real === null || this.#isStopped) continue;
      isSource = true;
      if (this.#found.size >= this.#limits.sources) {
        this.stop(`there are more than ${this.#limits.sources.toString()} sources. ${FURTHER_DOWN}`);
        return true;
      }
      this.#found.set(`${port.protocol}\0${real}`, { port, folder: real });
    }
    return isSource;
  }

  async #foldersIn(folder: string): Promise<readonly string[]> {
    const folders: string[] = [];
    const entries = await this.#list(folder);
    if (entries === null) return folders;
    try {
      for await (const entry of entries) {
        if (this.#isStopped) break;
        if (PASSED_OVER.has(entry.name)) continue;
        const real = await this.#realFolder(path.join(folder, entry.name), entry);
        if (real !== null) folders.push(real);
      }
    } catch {
      // The folder became unreadable while it was listed: what it told before still counts.
    }
    return folders.sort();
  }

  /** Null when it cannot be listed. A folder that this user may not look into may hold claims, and that is said. */
  async #list(folder: string): Promise<Dir | null> {
    try {
      return await opendir(folder, { bufferSize: 256 });
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EACCES' || code === 'EPERM') {
        this.#cutShort ??= `this user may not look into ${quoteHostile(folder, 1000)}`;
      }
      return null;
    }
  }

  /** The real folder behind an entry; null for anything else, and for a link that leads out. */
  async #realFolder(full: string, entry: Dirent): Promise<string | null> {
    if (entry.isDirectory()) return full;
    const mayBeFolder =
      entry.isSymbolicLink() ||
      // Some filesystems do not say in a listing what an entry is.
      !(entry.isFile() || entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice());
    if (!mayBeFolder) return null;
    const real = await quietly(realpath(full));
    if (real === null || !isBelow(real, this.#root)) return null;
    return (await quietly(stat(real)))?.isDirectory() === true ? real : null;
  }
}

function isBelow(folder: string, root: string): boolean {
  return folder.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

const LOOK_AT_MOST_MS = 2_000;

/**
 * Why `folder` (absolute) itself cannot be looked at, in words without a full stop; null when it can be, or when
 * the system does not tell in time. A file is no trouble: it stands for its folder.
 */
export async function whyClosed(folder: string): Promise<string | null> {
  const look = async (): Promise<string | null> => {
    try {
      if ((await stat(folder)).isDirectory()) await (await opendir(folder)).close();
      return null;
    } catch (error) {
      return describeError(error);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, LOOK_AT_MOST_MS, null);
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
