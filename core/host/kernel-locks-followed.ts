import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import type {
  BlockedWaiter,
  FollowedLocks,
  FollowOptions,
  HeldLock,
  LockProcess,
  LockRoot,
  LocksLook,
} from './kernel-locks';
import { InodeSearch } from './kernel-locks-inodes';
import type { Joined } from './kernel-locks-join';
import { identityAt } from './kernel-locks-processes';
import type { LocksReader } from './kernel-locks-reader';
import { isSqliteLock } from './kernel-locks-text';

/** The locks of some folders, out of all that the kernel lists. */
export class FollowedRoots implements FollowedLocks {
  readonly wantsSqlite: boolean;
  readonly #reader: LocksReader;
  readonly #roots: readonly string[];
  readonly #searches: readonly InodeSearch[];
  /** The inodes of single files: they are the same file by whatever name a process has it. */
  readonly #files: ReadonlySet<string>;
  readonly #disposers = new Set<() => void>();
  /** By what was said of it. */
  #known = new Map<string, HeldLock>();
  /** By the text of a lock: where its file was found, of which no process names it. */
  #found = new Map<string, string>();
  /** Locks that nobody is seen to have, and that are listed all the same. */
  readonly #unseen = new WeakSet<Joined>();
  #version = -1;
  #scans = -1;
  /** Something in the last look is found out anew with each look at all processes, though they say nothing new. */
  #isOfScan = false;
  #last: LocksLook | null = null;
  #told: LocksLook | null = null;

  constructor(reader: LocksReader, roots: readonly LockRoot[], { sqlite = false }: FollowOptions) {
    this.#reader = reader;
    this.wantsSqlite = sqlite;
    this.#roots = roots.map(({ path }) => path);
    this.#files = new Set(this.#roots.flatMap((root) => fileInode(root) ?? []));
    this.#searches = this.#roots.map((root) => new InodeSearch(root, reader.procs.root));
  }

  /** Whether a single file is followed that has this inode, on whatever device. */
  isOfFile(inode: string): boolean {
    return this.#files.has(inode);
  }

  contains(path: string): boolean {
    return this.#roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
  }

  look({ fresh = false }: { readonly fresh?: boolean } = {}): LocksLook {
    const look = this.#look(fresh);
    this.#told = look;
    return look;
  }

  peek(): LocksLook {
    return this.#look(true);
  }

  /** Whether the reader, which was just refreshed, knows anything that the last `look` did not say. */
  hasNews(): boolean {
    return this.#follow(false) !== this.#told;
  }

  watch(hint: () => void): () => void {
    const stop = this.#reader.watch(this, hint);
    const dispose = (): void => {
      stop();
      this.#disposers.delete(dispose);
    };
    this.#disposers.add(dispose);
    return dispose;
  }

  record({ listed, holders }: HeldLock): string | null {
    const lines = this.#reader.linesOf(listed);
    if (lines.length === 0) return null;
    const { procs } = this.#reader;
    const parts = [`/proc/locks:\n${lines.join('\n')}`];
    for (const { process, fd, folder } of holders) {
      const pid = process.identity.pid.toString();
      const info = procs.fdinfo(folder, fd.toString()).trimEnd();
      if (info !== '') parts.push(`/proc/${pid}/fdinfo/${fd.toString()}:\n${info.replaceAll('\t', ' ')}`);
    }
    return parts.join('\n\n');
  }

  close(): void {
    for (const dispose of [...this.#disposers]) dispose();
    this.#reader.forget(this);
  }

  #look(fresh: boolean): LocksLook {
    this.#reader.refresh(fresh);
    return this.#follow(fresh);
  }

  /** What the reader knows by now. */
  #follow(fresh: boolean): LocksLook {
    const { version, scans } = this.#reader;
    const isKnown = version === this.#version && (scans === this.#scans || !this.#isOfScan);
    if (isKnown && this.#last !== null) return this.#last;
    this.#version = version;
    this.#scans = scans;
    for (const search of this.#searches) search.beginLook();
    const locks: HeldLock[] = [];
    const found = this.#found;
    this.#found = new Map();
    this.#isOfScan = false;
    const known = new Map<string, HeldLock>();
    const processes = new Map<number, LockProcess | null>();
    for (const line of this.#reader.joined) {
      const place = this.#placeOf(line, fresh, found);
      if (place === null) continue;
      const isOfSqlite = isSqliteLock(line.listed, place.path);
      if (isOfSqlite && !this.wantsSqlite) continue;
      if (this.#isJustGone(line)) continue;
      const lock = this.#held(line, place, isOfSqlite, processes);
      this.#isOfScan ||= lock.unseen !== null || lock.blocked.length > 0;
      const print = printOf(lock);
      const before = this.#known.get(print) ?? lock;
      known.set(print, before);
      locks.push(before);
    }
    this.#known = known;
    locks.sort((a, b) => compare(a.path, b.path) || compare(a.listed.text, b.listed.text));
    const { unreadable, seesAll } = this.#reader;
    const last = this.#last;
    const isSame =
      last !== null &&
      last.unreadable === unreadable &&
      last.locks.length === locks.length &&
      last.locks.every((lock, i) => lock === locks[i]);
    if (!isSame) this.#last = { locks, unreadable, seesAll };
    return this.#last ?? { locks, unreadable, seesAll };
  }

  /** A lock that nobody has any more may have been given back since the list was read. */
  #isJustGone(line: Joined): boolean {
    if (line.holders.length > 0) {
      this.#unseen.delete(line);
      return false;
    }
    if (this.#unseen.has(line)) return false;
    if (!this.#reader.isListedNow(line.listed)) return true;
    this.#unseen.add(line);
    return false;
  }

  #placeOf(line: Joined, fresh: boolean, known: ReadonlyMap<string, string>): Pick<HeldLock, 'path' | 'file'> | null {
    const { path, file, isLookedFor, listed } = line;
    if (path !== null) return this.contains(path) ? { path, file } : null;
    if (!isLookedFor) return null;
    this.#isOfScan = true;
    for (const search of this.#searches) {
      const found = search.pathOf(listed.device, listed.inode, fresh);
      if (found === null) continue;
      this.#found.set(listed.text, found);
      line.isFollowed = true;
      return { path: found, file: 'there' };
    }
    // It is listed still, so it is held, whatever became of its file.
    const before = known.get(listed.text);
    if (before === undefined) return null;
    this.#found.set(listed.text, before);
    return { path: before, file: identityAt(before) === null ? 'deleted' : 'replaced' };
  }

  #held(
    { listed, holders, openers, waiters }: Joined,
    place: Pick<HeldLock, 'path' | 'file'>,
    isOfSqlite: boolean,
    processes: Map<number, LockProcess | null>,
  ): HeldLock {
    const processOf = (pid: number): LockProcess | null => {
      if (pid <= 0) return null;
      const known = processes.get(pid);
      if (known !== undefined) return known;
      const process = this.#reader.procs.process(pid);
      processes.set(pid, process);
      return process;
    };
    const blocked = waiters.map((waiter): BlockedWaiter => ({ listed: waiter, process: processOf(waiter.pid) }));
    const isBlocked = new Set(blocked.map((waiter) => waiter.listed.pid));
    const { pid: own } = this.#reader.procs.self;
    return {
      listed,
      ...place,
      holders,
      unseen: holders.length > 0 ? null : this.#reader.whyUnseen(listed),
      blocked,
      possible: openers.filter(({ identity: { pid } }) => pid !== own && !isBlocked.has(pid)),
      isOfSqlite,
    };
  }
}

/** The inode of what stands at a path, where that is a file. */
function fileInode(path: string): string | null {
  try {
    const stats = lstatSync(path, { bigint: true });
    return stats.isFile() ? stats.ino.toString() : null;
  } catch {
    return null;
  }
}

/** All that is said of a lock, in one text. */
function printOf({ listed, path, file, holders, unseen, blocked, possible }: HeldLock): string {
  return JSON.stringify([
    listed.text,
    path,
    file,
    unseen,
    holders.map(({ process, fd }) => [processPrint(process), fd]),
    blocked.map((waiter) => [waiter.listed.text, waiter.process === null ? null : processPrint(waiter.process)]),
    possible.map(processPrint),
  ]);
}

function processPrint({ identity, command, user }: LockProcess): unknown {
  return [identity.pid, identity.startTicks, command, user];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
