import { performance } from 'node:perf_hooks';
import type { ProcessIdentity } from '../model';
import type { FollowedLocks, FollowOptions, HolderUnseen, KernelLocks, ListedLock, LockRoot } from './kernel-locks';
import { FollowedRoots } from './kernel-locks-followed';
import { type Joined, LockJoin } from './kernel-locks-join';
import { LockList } from './kernel-locks-list';
import { ProcFiles } from './kernel-locks-processes';
import { isSqliteRange, type ListedHold, LockListParser, parseLocks } from './kernel-locks-text';

/** All that are watched share a look at the kernel's list this often, in ms, and at most for a tenth of the time. */
const LOOK_MS = 100;
const LOOK_TIMES = 9;
/** All processes are looked at this often, in ms, while something that is followed is locked, and at most for a twentieth of the time. */
const SCAN_MS = 100;
const SCAN_TIMES = 19;
/** For a lock of which it is not known yet where it is, at most for a fifth of it. */
const NEWS_TIMES = 4;
/** While nothing that is followed is locked: a file may be locked elsewhere and then be moved here. */
const IDLE_SCAN_MS = 2_000;
const IDLE_SCAN_TIMES = 49;
/** A list that may be torn is read so many times more, at most. */
const TORN_TRIES = 3;

const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/**
 * The locks of this machine, by its `/proc` (or what stands for it at `procRoot`). `self`: this process. `hasEnded`: the
 * system's word on a process that is not shown there; by default that of the system that this runs on.
 */
export function createKernelLocks(
  self: ProcessIdentity,
  procRoot = '/proc',
  hasEnded?: (pid: number) => boolean,
): KernelLocks {
  return new LocksReader(self, procRoot, hasEnded);
}

/** What all that follow locks on this thread share: the list, its join with the processes, and one timer. */
export class LocksReader implements KernelLocks {
  readonly procs: ProcFiles;
  readonly seesAll: boolean;
  readonly #list: LockList;
  readonly #parser = new LockListParser();
  readonly #join: LockJoin;
  readonly #followers = new Set<FollowedRoots>();
  readonly #watched = new Map<FollowedRoots, () => void>();
  #joined = new Map<string, Joined>();
  /** It may hold locks that were given back while the list was read. */
  #isUnsure = false;
  /** A followed lock is not listed any more, where the list leaves out some that are held. */
  #hasVanished = false;
  #version = 0;
  #scans = 0;
  #scannedMs = Number.NEGATIVE_INFINITY;
  #scanTookMs = 0;
  #toldUnreadable: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(self: ProcessIdentity, procRoot: string, hasEnded?: (pid: number) => boolean) {
    this.procs = new ProcFiles(procRoot, self, hasEnded);
    this.seesAll = self.pidNamespace === INITIAL_PID_NAMESPACE;
    this.#list = new LockList(procRoot);
    this.#join = new LockJoin(
      this.procs,
      (path) => this.#isFollowed(path),
      (inode) => [...this.#followers].some((follower) => follower.isOfFile(inode)),
    );
  }

  follow(roots: readonly LockRoot[], options: FollowOptions = {}): FollowedLocks {
    const follower = new FollowedRoots(this, roots, options);
    this.#followers.add(follower);
    // What was found to be of no interest may be now.
    this.#joined = new Map();
    this.#scannedMs = Number.NEGATIVE_INFINITY;
    this.#takeOver(parseLocks(this.#list.text));
    return follower;
  }

  get joined(): Iterable<Joined> {
    return this.#joined.values();
  }

  get unreadable(): string | null {
    return this.#list.unreadable;
  }

  /** Another number with everything that may be news. */
  get version(): number {
    return this.#version;
  }

  /** How often all processes were looked at. */
  get scans(): number {
    return this.#scans;
  }

  /** Makes sure that everything is as it is now. */
  refresh(fresh: boolean): void {
    if (this.#list.read() || this.#isUnsure) {
      this.#takeOver(this.#read());
    }
    const lines = [...this.#joined.values()];
    // Outside of the first namespace there may be locks though none is listed.
    if ((lines.length > 0 || !this.seesAll) && (fresh || performance.now() >= this.#scanDueMs(lines))) {
      this.#scan(lines, fresh);
      return;
    }
    if (this.#join.byTaker(lines)) this.#version += 1;
    // Whom the kernel names may not be who has it.
    if (lines.some(isNews) && performance.now() >= this.#scanDueMs(lines)) this.#scan(lines, false);
  }

  #scan(lines: readonly Joined[], fresh: boolean): void {
    const startedMs = performance.now();
    const { unlisted, hasChanged } = this.#join.byAll(lines, fresh);
    for (const line of unlisted) {
      this.#joined.set(line.listed.text, line);
      this.#isUnsure = true;
    }
    if (hasChanged) this.#version += 1;
    this.#scans += 1;
    this.#hasVanished = false;
    this.#scannedMs = performance.now();
    this.#scanTookMs = this.#scannedMs - startedMs;
    // Who is not seen to have a lock may have ended, with it, since the list was read.
    const isNobodys = lines.some(({ isFollowed, holders }) => isFollowed && holders.length === 0);
    if (!isNobodys || !this.#list.read()) return;
    this.#takeOver(this.#read());
    if (this.#join.byTaker([...this.#joined.values()])) this.#version += 1;
  }

  /** When all processes may be looked at again. */
  #scanDueMs(lines: readonly Joined[]): number {
    const tookMs = this.#scanTookMs;
    if (this.#hasVanished || lines.some(isNews)) return this.#scannedMs + tookMs * NEWS_TIMES;
    const isAny = lines.some(({ isFollowed }) => isFollowed);
    const restMs = isAny
      ? Math.max(SCAN_MS - tookMs, tookMs * SCAN_TIMES)
      : Math.max(IDLE_SCAN_MS, tookMs * IDLE_SCAN_TIMES);
    return this.#scannedMs + restMs;
  }

  /** Why nobody is seen to have a lock. */
  whyUnseen({ pid }: ListedLock): HolderUnseen {
    if (pid === 0) return 'other-namespace';
    const open = pid > 0 ? this.procs.openFiles(pid).kind : 'seen';
    if (open === 'gone') return 'taker-ended';
    return open === 'not-permitted' || this.#join.hidden > 0 ? 'not-permitted' : 'names-nobody';
  }

  /** Whether a lock is in the list as it is at this moment. */
  isListedNow({ text }: ListedLock): boolean {
    for (let tries = 0; tries < TORN_TRIES; tries += 1) {
      // What else has changed is taken over with the next look.
      if (this.#list.read()) this.#isUnsure = true;
      if (this.#list.text.includes(`: ${text}\n`)) return true;
      if (!this.#list.mayBeTorn) return false;
    }
    return false;
  }

  /** The lines of the kernel's list for a lock and those who wait for it, as they are now. */
  linesOf(lock: ListedLock): readonly string[] {
    if (this.#list.read()) this.#isUnsure = true;
    const holds = parseLocks(this.#list.text).filter((hold) => hold.lock.text === lock.text);
    return holds.flatMap((hold) => [hold.lock.text, ...hold.waiters.map((waiter) => `-> ${waiter.text}`)]);
  }

  watch(follower: FollowedRoots, hint: () => void): () => void {
    this.#watched.set(follower, hint);
    this.#timer ??= setTimeout(() => this.#tick(), LOOK_MS);
    return () => {
      if (this.#watched.get(follower) === hint) this.#watched.delete(follower);
      if (this.#watched.size > 0 || this.#timer === null) return;
      clearTimeout(this.#timer);
      this.#timer = null;
    };
  }

  forget(follower: FollowedRoots): void {
    this.#followers.delete(follower);
  }

  #tick(): void {
    const startedMs = performance.now();
    const scannedMs = this.#scannedMs;
    this.refresh(false);
    for (const [follower, hint] of [...this.#watched]) {
      if (follower.hasNews()) hint();
    }
    const tookMs = performance.now() - startedMs;
    // Looking at all processes has a share of its own.
    const ownMs = tookMs - (this.#scannedMs === scannedMs ? 0 : this.#scanTookMs);
    const restMs = Math.max(LOOK_MS - tookMs, ownMs * LOOK_TIMES);
    this.#timer = this.#watched.size === 0 ? null : setTimeout(() => this.#tick(), restMs);
  }

  #isFollowed(path: string): boolean {
    for (const follower of this.#followers) if (follower.contains(path)) return true;
    return false;
  }

  /**
   * What the list says. One that may be torn is read again until it says nothing new, and what any of these readings
   * said counts until the next look; so does a lock of which a descriptor tells. So one that is held is not missing, and
   * one that was given back meanwhile may be shown a little longer.
   */
  #read(): readonly ListedHold[] {
    let holds = this.#parser.parse(this.#list.text);
    this.#isUnsure = false;
    // Two readings in a row that say the very same were not torn.
    for (
      let tries = 0, isNew = true;
      isNew && tries < TORN_TRIES && this.#list.mayBeTorn && this.#list.read();
      tries += 1
    ) {
      const now = this.#parser.parse(this.#list.text);
      const texts = new Set(now.map(({ lock }) => lock.text));
      const before = holds.filter(({ lock }) => !texts.has(lock.text));
      isNew = now.length + before.length > holds.length;
      holds = [...now, ...before];
      this.#isUnsure = before.length > 0;
    }
    if (this.unreadable !== null) return holds;
    // Outside of the first namespace a lock whose taker has ended is left out of any list.
    const texts = new Set(holds.map(({ lock }) => lock.text));
    for (const [text, line] of this.#joined) {
      if (!line.isFollowed || texts.has(text)) continue;
      if (!this.#join.isHeldStill(line)) {
        this.#hasVanished ||= !this.seesAll;
        continue;
      }
      holds = [...holds, { lock: line.listed, waiters: line.waiters }];
      this.#isUnsure = true;
    }
    return holds;
  }

  #takeOver(holds: readonly ListedHold[]): void {
    const before = this.#joined;
    const wantsSqlite = [...this.#followers].some((follower) => follower.wantsSqlite);
    let isSame = this.unreadable === this.#toldUnreadable;
    this.#toldUnreadable = this.unreadable;
    this.#joined = new Map();
    for (const { lock, waiters } of holds) {
      if (!wantsSqlite && isSqliteRange(lock)) continue;
      const twin = this.#joined.get(lock.text);
      if (twin !== undefined) {
        twin.waiters = [...twin.waiters, ...waiters];
        continue;
      }
      const known = before.get(lock.text);
      const line = known ?? this.#join.newLine(lock);
      // Of twins each adds its own: then it counts as news.
      isSame &&= known !== undefined && textsOf(known.waiters) === textsOf(waiters);
      line.waiters = waiters;
      this.#joined.set(lock.text, line);
    }
    if (!isSame || this.#joined.size !== before.size) this.#version += 1;
  }
}

function textsOf(waiters: readonly ListedLock[]): string {
  return waiters.map(({ text }) => text).join('\n');
}

/** Nobody is known who has it, and it is not one that was just given back: all are to be looked at for it. */
function isNews({ listed, path, isLookedFor, isTakerLookedAt, isSeenAgain }: Joined): boolean {
  return path === null && !isLookedFor && isTakerLookedAt && (listed.pid <= 0 || isSeenAgain);
}
