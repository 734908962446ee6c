import type { ListedLock } from './kernel-locks';

/** A lock that is held, as the kernel lists it, and whom it lists as waiting for it. */
export interface ListedHold {
  readonly lock: ListedLock;
  /** The nearest first: a waiter may itself wait behind another one. */
  readonly waiters: readonly ListedLock[];
}

/**
 * What the kernel's list of locks says (`/proc/locks`). Pure, and never throws: a line that is none, or no advisory lock
 * (a lease, a delegation), is passed over together with those who wait for it.
 */
export function parseLocks(text: string): ListedHold[] {
  return new LockListParser().parse(text);
}

/** The same for a list that is read again and again: a line that was there the last time is not taken apart again. */
export class LockListParser {
  #known = new Map<string, ListedLock | null>();

  parse(text: string): ListedHold[] {
    const known = new Map<string, ListedLock | null>();
    const holds = holdsIn(text, (line) => {
      const before = known.get(line) ?? this.#known.get(line);
      const lock = before === undefined ? parseLock(line) : before;
      known.set(line, lock);
      return lock;
    });
    this.#known = known;
    return holds;
  }
}

function holdsIn(text: string, lockOf: (text: string) => ListedLock | null): ListedHold[] {
  const holds: { lock: ListedLock; waiters: ListedLock[] }[] = [];
  let last: { lock: ListedLock; waiters: ListedLock[] } | null = null;
  for (const line of text.split('\n')) {
    const numbered = /^\d+: ( *-> )?/.exec(line);
    if (numbered === null) continue;
    const lock = lockOf(line.slice(numbered[0].length));
    if (numbered[1] !== undefined) {
      if (lock !== null) last?.waiters.push(lock);
      continue;
    }
    last = lock === null ? null : { lock, waiters: [] };
    if (last !== null) holds.push(last);
  }
  return holds;
}

/** The locks that a descriptor has (`/proc/PID/fdinfo/FD`): the texts that stand for them in the kernel's list. */
export function lockTextsIn(fdinfo: string): string[] {
  const texts: string[] = [];
  // Most descriptors have none.
  for (let at = fdinfo.indexOf('lock:\t'); at >= 0; at = fdinfo.indexOf('lock:\t', at + 1)) {
    if (at > 0 && fdinfo[at - 1] !== '\n') continue;
    const end = fdinfo.indexOf('\n', at);
    const line = fdinfo.slice(at + 6, end < 0 ? undefined : end);
    const text = /^\d+: (.+)$/.exec(line)?.[1];
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** The inode of the file that a descriptor has open; null where the kernel does not tell (before 5.14). */
export function inodeIn(fdinfo: string): string | null {
  return /^ino:\t(\d{1,20})$/m.exec(fdinfo)?.[1] ?? null;
}

const LOCK =
  /^(FLOCK|POSIX|OFDLCK) +(?:ADVISORY|MANDATORY) +(READ|WRITE) (-?\d{1,10}) ([0-9a-f]{2,}:[0-9a-f]{2,}):(\d{1,20}) (\d{1,20}) (\d{1,20}|EOF)$/;

/** One lock, by the text that stands for it; null where that is none. */
export function parseLock(text: string): ListedLock | null {
  const [, kind, access, pid, device, inode, start, end] = LOCK.exec(text) ?? [];
  if (device === undefined || inode === undefined) return null;
  return {
    text,
    kind: kind === 'FLOCK' || kind === 'POSIX' ? kind : 'OFDLCK',
    access: access === 'READ' ? 'read' : 'write',
    pid: Number(pid),
    device,
    inode,
    start: Number(start),
    end: end === 'EOF' ? null : Number(end),
  };
}

const SQLITE_FIRST = 1_073_741_824;
const SQLITE_LAST = SQLITE_FIRST + 511;
const SHM_FIRST = 120;
const SHM_LAST = 128;

/** Whether a range is one that SQLite locks in a database, which no other program has a reason to. */
export function isSqliteRange({ kind, start, end }: ListedLock): boolean {
  return kind !== 'FLOCK' && end !== null && start >= SQLITE_FIRST && end <= SQLITE_LAST;
}

/** Whether a lock is one of those by which SQLite keeps connections apart: in a database, or in the file beside it. */
export function isSqliteLock(lock: ListedLock, path: string): boolean {
  if (isSqliteRange(lock)) return true;
  const { kind, start, end } = lock;
  return kind !== 'FLOCK' && path.endsWith('-shm') && end !== null && start >= SHM_FIRST && end <= SHM_LAST;
}

/** `0 to the end`, `100 to 199`: which bytes of its file a lock is about. */
export function rangeOf({ start, end }: ListedLock): string {
  return `${start.toString()} to ${end === null ? 'the end' : end.toString()}`;
}
