import type { ListedLock, LockHolder, LockProcess } from './kernel-locks';
import { identityAt, isSameFile, type ProcFiles } from './kernel-locks-processes';
import { inodeIn, lockTextsIn } from './kernel-locks-text';

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
  /** The process that the kernel names was looked at. */
  isTakerLookedAt: boolean;
  /** All processes were looked at for it. */
  isLookedFor: boolean;
}

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
      openers: [],
      isTakerLookedAt: false,
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
      if (line.isTakerLookedAt) continue;
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
    for (const fd of open.fds) {
      if (wanted.size === 0) return;
      const link = this.#procs.linkOf(open.folder, fd);
      if (link === null) continue;
      for (const text of lockTextsIn(this.#procs.fdinfo(open.folder, fd))) {
        const line = wanted.get(text);
        if (line === undefined) continue;
        wanted.delete(text);
        this.#place(line, open.folder, fd, link, isForeign);
        const process = line.isFollowed || line.path === null ? this.#procs.process(pid) : null;
        if (process !== null) line.holders = [{ process, fd: Number(fd) }];
      }
    }
  }

  /**
   * Looks at the open files of all processes: for everybody who has a followed lock (a descriptor may be shared), for
   * those who have its file open, and for locks of which it is not known yet where they are.
   */
  byAll(lines: readonly Joined[]): void {
    const wanted = new Map(
      lines.filter((line) => line.isFollowed || line.path === null).map((line) => [line.listed.text, line]),
    );
    // A file may be locked elsewhere and then be moved into a followed folder.
    const all = new Map(lines.map((line) => [line.listed.text, line]));
    const scan: Scan = {
      all,
      inodes: new Set([...wanted.values()].map(({ listed }) => listed.inode)),
      hasUnplaced: [...wanted.values()].some((line) => line.path === null),
      holders: new Map(),
      openers: [],
    };
    const pids = this.#procs.pids();
    this.hidden = 0;
    for (const pid of pids) this.#scanProcess(pid, scan);
    this.#procs.keepOnly(pids);
    for (const [text, line] of all) {
      const holders = scan.holders.get(text);
      if (holders !== undefined || wanted.has(text)) line.holders = inOrder(holders ?? [], line.listed.pid);
      line.isLookedFor = true;
    }
    for (const line of all.values()) line.openers = line.isFollowed || line.path === null ? openersOf(line, scan) : [];
  }

  #scanProcess(pid: number, scan: Scan): void {
    const open = this.#procs.openFiles(pid);
    if (open.kind === 'not-permitted') this.hidden += 1;
    if (open.kind !== 'seen' || open.fds.length === 0) return;
    const isForeign = this.#isForeign(pid);
    for (const fd of open.fds) {
      const link = this.#procs.linkOf(open.folder, fd);
      if (link === null) continue;
      const isInside = !isForeign && this.#isFollowed(withoutMark(link));
      if (!isInside && !isForeign && !scan.hasUnplaced) continue;
      // Nothing is asked of the file itself: it may be on a disk that does not answer.
      const info = this.#procs.fdinfo(open.folder, fd);
      const found = lockTextsIn(info).flatMap((text) => scan.all.get(text) ?? []);
      const inode = inodeIn(info);
      if (found.length === 0 && !isInside && (inode === null || !scan.inodes.has(inode))) continue;
      const process = this.#procs.process(pid);
      if (process === null) return;
      for (const line of found) {
        this.#place(line, open.folder, fd, link, isForeign);
        const holders = scan.holders.get(line.listed.text) ?? [];
        // Two descriptors of one open file are one hold.
        if (!holders.some((holder) => holder.process.identity.pid === pid)) holders.push({ process, fd: Number(fd) });
        scan.holders.set(line.listed.text, holders);
      }
      if (found.length === 0) scan.openers.push({ process, path: isForeign ? null : link, inode });
    }
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
      if (this.#isFollowedFile(line.listed.inode)) return;
      line.path = link;
      line.isFollowed = false;
      return;
    }
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
  readonly all: ReadonlyMap<string, Joined>;
  /** Of those whose holders, or whose place, are looked for. */
  readonly inodes: ReadonlySet<string>;
  readonly hasUnplaced: boolean;
  readonly holders: Map<string, LockHolder[]>;
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

/** Those who have the file of a lock open, and hold no lock on it. */
function openersOf(line: Joined, scan: Scan): readonly LockProcess[] {
  const { inode, device } = line.listed;
  const holding = new Set<number>();
  for (const [text, holders] of scan.holders) {
    const other = scan.all.get(text)?.listed;
    if (other?.inode !== inode || other.device !== device) continue;
    for (const { process } of holders) holding.add(process.identity.pid);
  }
  const byPid = new Map<number, LockProcess>();
  for (const opener of scan.openers) {
    const { pid } = opener.process.identity;
    const isByPath = opener.path !== null && line.path !== null;
    const isOfIt = isByPath ? opener.path === line.path && line.file === 'there' : opener.inode === inode;
    if (isOfIt && !holding.has(pid)) byPid.set(pid, opener.process);
  }
  return [...byPid.values()];
}
