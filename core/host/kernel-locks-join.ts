import { performance } from 'node:perf_hooks';
import type { ListedLock, LockHolder, LockProcess } from './kernel-locks';
import { identityAt, isSameFile, type ProcFiles } from './kernel-locks-processes';
import { inodeIn, isSqliteRange, lockTextsIn, parseLock } from './kernel-locks-text';

/** A lock of the kernel's list, and what was found out about it. */
export interface Joined {
  readonly listed: ListedLock;
  waiters: readonly ListedLock[];
  /** Where its file is, as a process names it that has it open; null as long as none was seen that does. */
  path: string | null;
  file: 'there' | 'deleted' | 'replaced';
  /** Its file is in a folder that is followed: as a process names it, or because it was found there by its inode. */
  isFollowed: boolean;
  holders: readonly LockHolder[];
  /** Processes that have the file open without a lock of theirs on it. */
  openers: readonly LockProcess[];
  /** What a process calls its file that has it by a name outside of what is followed. */
  otherName: string | null;
  /** The process that the kernel names was looked at. */
  isTakerLookedAt: boolean;
  /** It was listed again after that. */
  isSeenAgain: boolean;
  /** All processes were looked at for it. */
  isLookedFor: boolean;
}

/** What a look at all processes found. */
export interface Scanned {
  readonly unlisted: readonly Joined[];
  /** Anything is known of a lock that was not known before. */
  readonly hasChanged: boolean;
}

/** All descriptors are read this often, in ms, for locks that none of them told of before. */
const ALL_READ_MS = 30_000;

const DELETED = ' (deleted)';

/**
 * Joins the kernel's list with the processes that have the locked files open. The text by which the kernel lists a lock
 * stands in the `fdinfo` of the descriptor as well, so nothing depends on the device that `stat` tells, which on some
 * file systems is another one than the list has.
 */
export class LockJoin {
  readonly #procs: ProcFiles;
  readonly #isFollowed: (path: string) => boolean;
  readonly #isFollowedFile: (inode: string) => boolean;
  /** Processes whose open files could not be seen when all were looked at. */
  hidden = 0;
  #allReadMs = Number.NEGATIVE_INFINITY;
  readonly #mounts: string | null;

  /** `isFollowedFile`: whether a single file that is followed has this inode, on whatever device. */
  constructor(
    procs: ProcFiles,
    isFollowed: (path: string) => boolean,
    isFollowedFile: (inode: string) => boolean = () => false,
  ) {
    this.#procs = procs;
    this.#isFollowedFile = isFollowedFile;
    this.#mounts = procs.mountsOf('self');
    this.#isFollowed = isFollowed;
  }

  newLine(listed: ListedLock): Joined {
    return {
      listed,
      waiters: [],
      path: null,
      file: 'there',
      isFollowed: false,
      holders: [],
      openers: NOBODY,
      otherName: null,
      isTakerLookedAt: false,
      isSeenAgain: false,
      isLookedFor: false,
    };
  }

  /**
   * Looks at those processes alone that the kernel names: the quick way, and mostly the whole one. False where that was
   * done for all of them before.
   */
  byTaker(lines: readonly Joined[]): boolean {
    let isAnyNew = false;
    const byPid = new Map<number, Map<string, Joined>>();
    for (const line of lines) {
      if (line.isTakerLookedAt) {
        line.isSeenAgain = true;
        continue;
      }
      line.isTakerLookedAt = true;
      isAnyNew = true;
      const { pid, text } = line.listed;
      if (pid <= 0) continue;
      const wanted = byPid.get(pid) ?? new Map<string, Joined>();
      byPid.set(pid, wanted.set(text, line));
    }
    for (const [pid, wanted] of byPid) this.#joinTaker(pid, wanted);
    return isAnyNew;
  }

  #joinTaker(pid: number, wanted: Map<string, Joined>): void {
    const open = this.#procs.openFiles(pid);
    if (open.kind !== 'seen') return;
    const isForeign = this.#isForeign(pid);
    let process: LockProcess | null = null;
    for (const fd of open.fds) {
      if (wanted.size === 0) return;
      const link = this.#procs.linkOf(open.folder, fd);
      if (link === null) continue;
      for (const text of lockTextsIn(this.#procs.fdinfo(open.folder, fd))) {
        const line = wanted.get(text);
        if (line === undefined) continue;
        wanted.delete(text);
        this.#place(line, open.folder, fd, link, isForeign);
        process ??= this.#procs.process(pid);
        if (process !== null) line.holders = [{ process, fd: Number(fd), folder: open.folder }];
      }
    }
  }

  /**
   * Looks at the open files of all processes: for everybody who has a followed lock (a descriptor may be shared), for
   * those who have its file open, and for locks of which it is not known yet where they are. Gives followed locks that
   * descriptors tell of and the list did not: it left them out, or they were taken since.
   *
   * A lock that could not be placed is not worth reading all descriptors again each time: it is with `fresh`, and now and
   * then.
   */
  byAll(lines: readonly Joined[], fresh: boolean): Scanned {
    const before = new Map(lines.map((line) => [line, { ...line }]));
    const now = performance.now();
    const isAll = fresh || now - this.#allReadMs >= ALL_READ_MS;
    const wanted = new Map(
      lines.filter((line) => line.isFollowed || line.path === null).map((line) => [line.listed.text, line]),
    );
    // A file may be locked elsewhere and then be moved into a followed folder.
    const all = new Map(lines.map((line) => [line.listed.text, line]));
    const scan: Scan = {
      all,
      inodes: new Set([...wanted.values()].map(({ listed }) => listed.inode)),
      hasUnplaced: [...wanted.values()].some((line) => line.path === null && (isAll || !line.isLookedFor)),
      otherNames: new Set(lines.flatMap(({ otherName }) => otherName ?? [])),
      holders: new Map(),
      openers: [],
      unlisted: [],
    };
    if (isAll) this.#allReadMs = now;
    const pids = this.#procs.pids();
    // The first process always runs: where it is not shown, those of other users are not either.
    this.hidden = pids.includes(1) ? 0 : 1;
    for (const pid of pids) this.#scanProcess(pid, scan);
    this.#procs.keepOnly(pids);
    for (const [text, line] of all) {
      const holders = scan.holders.get(text);
      if (holders !== undefined || wanted.has(text)) line.holders = inOrder(holders ?? [], line.listed.pid);
      line.isTakerLookedAt = true;
      line.isLookedFor = true;
    }
    const openers = new Openers(scan);
    for (const line of all.values()) line.openers = line.isFollowed || line.path === null ? openers.of(line) : NOBODY;
    const hasChanged = scan.unlisted.length > 0 || lines.some((line) => !isSaidAgain(line, before.get(line)));
    return { unlisted: scan.unlisted, hasChanged };
  }

  #scanProcess(pid: number, scan: Scan): void {
    const open = this.#procs.openFiles(pid);
    if (open.kind === 'not-permitted') this.hidden += 1;
    if (open.kind !== 'seen' || open.fds.length === 0) return;
    const isForeign = this.#isForeign(pid);
    let process: LockProcess | null = null;
    for (const fd of open.fds) {
      const link = this.#procs.linkOf(open.folder, fd);
      if (link === null) continue;
      const isInside = !isForeign && this.#isFollowed(withoutMark(link));
      if (!isInside && !isForeign && !scan.hasUnplaced && !scan.otherNames.has(link)) continue;
      // Nothing is asked of the file itself: it may be on a disk that does not answer.
      const info = this.#procs.fdinfo(open.folder, fd);
      const found = lockTextsIn(info).flatMap(
        (text) => scan.all.get(text) ?? this.#unlisted(text, isInside, scan) ?? [],
      );
      const inode = inodeIn(info);
      if (found.length === 0 && !isInside && (inode === null || !scan.inodes.has(inode))) continue;
      // It may have changed what it calls itself, or its user.
      process ??= this.#procs.process(pid, true);
      if (process === null) return;
      for (const line of found) {
        this.#place(line, open.folder, fd, link, isForeign);
        const holders = scan.holders.get(line.listed.text) ?? [];
        // Two descriptors of one open file are one hold.
        if (!holders.some((holder) => holder.process.identity.pid === pid))
          holders.push({ process, fd: Number(fd), folder: open.folder });
        scan.holders.set(line.listed.text, holders);
      }
      if (found.length === 0) scan.openers.push({ process, path: isForeign ? null : link, inode });
    }
  }

  #unlisted(text: string, isInside: boolean, scan: Scan): Joined | null {
    const listed = isInside ? parseLock(text) : null;
    if (listed === null || isSqliteRange(listed)) return null;
    const line = this.newLine(listed);
    scan.all.set(text, line);
    scan.unlisted.push(line);
    return line;
  }

  /** Whether a descriptor through which somebody had a lock tells of it still. */
  isHeldStill({ listed, holders }: Joined): boolean {
    return holders.some(({ fd, folder }) => {
      return lockTextsIn(this.#procs.fdinfo(folder, fd.toString())).includes(listed.text);
    });
  }

  /** Whether a process names its files in a tree of mounts that is not ours: then its paths mean nothing here. */
  #isForeign(pid: number): boolean {
    const mounts = this.#procs.mountsOf(pid);
    return mounts !== null && mounts !== this.#mounts;
  }

  #place(line: Joined, folder: string, fd: string, link: string, isForeign: boolean): void {
    // Its inode tells where it is, if it is here at all.
    if (isForeign) return;
    const bare = withoutMark(link);
    if (!this.#isFollowed(bare)) {
      // It may be the same file by another name: its inode tells.
      if (this.#isFollowedFile(line.listed.inode)) {
        line.path = null;
        line.otherName = link;
        return;
      }
      line.path = link;
      line.isFollowed = false;
      return;
    }
    // A file that lost its name since would have the mark.
    if (line.isFollowed && line.path === link && link === bare) return;
    line.isFollowed = true;
    const open = this.#procs.identityOfOpen(folder, fd);
    if (isSameFile(open, identityAt(link))) {
      line.path = link;
      line.file = 'there';
      return;
    }
    line.path = bare;
    line.file = identityAt(bare) === null ? 'deleted' : 'replaced';
  }
}

interface Scan {
  readonly all: Map<string, Joined>;
  /** Of those whose holders, or whose place, are looked for. */
  readonly inodes: ReadonlySet<string>;
  readonly hasUnplaced: boolean;
  readonly otherNames: ReadonlySet<string>;
  readonly holders: Map<string, LockHolder[]>;
  readonly unlisted: Joined[];
  readonly openers: { readonly process: LockProcess; readonly path: string | null; readonly inode: string | null }[];
}

function withoutMark(link: string): string {
  return link.endsWith(DELETED) ? link.slice(0, -DELETED.length) : link;
}

/** The one whom the kernel names first, then the oldest: a descriptor is handed down. */
function inOrder(holders: LockHolder[], named: number): readonly LockHolder[] {
  return holders.sort(
    (a, b) =>
      Number(b.process.identity.pid === named) - Number(a.process.identity.pid === named) ||
      (a.process.identity.startTicks ?? 0) - (b.process.identity.startTicks ?? 0) ||
      a.process.identity.pid - b.process.identity.pid,
  );
}

/** Those who have the file of a lock open, and hold no lock on it. Nobody has more than a few. */
class Openers {
  readonly #byPath = new Map<string, LockProcess[]>();
  readonly #byInode = new Map<string, LockProcess[]>();
  /** By file: the processes that hold any lock on it. */
  readonly #holding = new Map<string, Set<number>>();

  constructor({ all, holders, openers }: Scan) {
    if (openers.length === 0) return;
    for (const { process, path, inode } of openers) {
      if (path !== null) addTo(this.#byPath, path, process);
      if (inode !== null) addTo(this.#byInode, inode, process);
    }
    for (const [text, holding] of holders) {
      const line = all.get(text);
      if (line === undefined) continue;
      const file = fileOf(line.listed);
      const pids = this.#holding.get(file) ?? new Set<number>();
      for (const { process } of holding) pids.add(process.identity.pid);
      this.#holding.set(file, pids);
    }
  }

  of({ listed, path, file }: Joined): readonly LockProcess[] {
    // Whose path means nothing here is known by the inode alone.
    const byPath = path === null || file !== 'there' ? [] : (this.#byPath.get(path) ?? []);
    const byInode = path === null ? (this.#byInode.get(listed.inode) ?? []) : [];
    const holding = this.#holding.get(fileOf(listed));
    const byPid = new Map<number, LockProcess>();
    for (const process of [...byPath, ...byInode]) {
      const { pid } = process.identity;
      if (holding?.has(pid) !== true) byPid.set(pid, process);
    }
    return byPid.size === 0 ? NOBODY : [...byPid.values()];
  }
}

function isSaidAgain(line: Joined, before: Joined | undefined): boolean {
  return (
    before?.path === line.path &&
    before.file === line.file &&
    before.isFollowed === line.isFollowed &&
    before.isLookedFor === line.isLookedFor &&
    before.holders.length === line.holders.length &&
    before.holders.every(({ process, fd }, i) => line.holders[i]?.process === process && line.holders[i].fd === fd) &&
    before.openers.length === line.openers.length &&
    before.openers.every((process, i) => line.openers[i] === process)
  );
}

const NOBODY: readonly LockProcess[] = [];

function fileOf({ device, inode }: ListedLock): string {
  return `${device}:${inode}`;
}

function addTo(map: Map<string, LockProcess[]>, key: string, process: LockProcess): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [process]);
  else known.push(process);
}
