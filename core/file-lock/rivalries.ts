import type { HeldLock } from '../host/kernel-locks';

/** So many rivals of one lock are told, at most. */
const RIVALS_TOLD = 3;

/** A file that the kernel granted to several at once, though each means to keep the others out. */
export interface FileRivalry {
  /** The one by flock, and the one by fcntl. */
  readonly lock: HeldLock;
  readonly other: HeldLock;
  /** Both holders are seen, and they are not the same. */
  readonly isProven: boolean;
  /** So many more have the file at the same time as somebody who goes by the other kind. */
  readonly more: number;
}

export interface Rivalries {
  /** One for each file. */
  readonly files: readonly FileRivalry[];
  /** Locks by the other kind, of the same file, of whom it is proven that others have them; a few of them. */
  of(lock: HeldLock): readonly HeldLock[];
}

/** Locks of one kind on one file that the very same processes have. */
interface Party {
  readonly locks: HeldLock[];
  readonly isWriting: boolean;
  readonly isSeen: boolean;
  readonly who: string;
  /** Those who have it; where nobody is seen, who took it. */
  readonly pids: ReadonlySet<number>;
  readonly first: HeldLock;
}

/**
 * Where a file is locked by flock and by fcntl at once. The kernel grants both, because neither excludes the other: two
 * programs that go by different kinds both believe that they are alone. Several readers are no rivals, and neither is a
 * program that takes both kinds itself. Costs no more for a program that has very many ranges of one file.
 */
export function rivalriesIn(locks: readonly HeldLock[]): Rivalries {
  const byFile = new Map<string, HeldLock[]>();
  for (const lock of locks) {
    const file = `${lock.listed.device}:${lock.listed.inode}`;
    const beside = byFile.get(file);
    if (beside === undefined) byFile.set(file, [lock]);
    else beside.push(lock);
  }
  const files: FileRivalry[] = [];
  const told = new Map<HeldLock, readonly HeldLock[]>();
  for (const beside of byFile.values()) {
    const file = rivalryOf(beside, told);
    if (file !== null) files.push(file);
  }
  return { files, of: (lock) => told.get(lock) ?? [] };
}

function rivalryOf(beside: readonly HeldLock[], told: Map<HeldLock, readonly HeldLock[]>): FileRivalry | null {
  const flocks = partiesOf(beside.filter(({ listed }) => listed.kind === 'FLOCK'));
  const ranges = partiesOf(beside.filter(({ listed }) => listed.kind !== 'FLOCK'));
  let pair: Omit<FileRivalry, 'more'> | null = null;
  const all = new Set<string>();
  for (const party of [...flocks, ...ranges]) {
    const isFlock = party.first.listed.kind === 'FLOCK';
    const { proven, any } = rivalsOf(party, isFlock ? ranges : flocks);
    if (any === null) continue;
    all.add(party.who);
    const isProven = proven.length > 0;
    if (isProven) for (const lock of party.locks) told.set(lock, proven);
    if (pair !== null && (pair.isProven || !isProven)) continue;
    pair = { lock: isFlock ? party.first : any, other: isFlock ? any : party.first, isProven };
  }
  return pair === null ? null : { ...pair, more: all.size - 2 };
}

/** Those of whom the holders are seen come first. */
function partiesOf(locks: readonly HeldLock[]): readonly Party[] {
  const parties = new Map<string, Party>();
  for (const lock of locks) {
    const isSeen = lock.unseen === null;
    const isWriting = lock.listed.access === 'write';
    const pids = isSeen ? lock.holders.map(({ process }) => process.identity.pid) : [lock.listed.pid];
    const who = `${String(isSeen)} ${[...pids].sort((a, b) => a - b).join(' ')}`;
    const key = `${who} ${String(isWriting)}`;
    const party = parties.get(key);
    if (party === undefined)
      parties.set(key, { locks: [lock], isWriting, isSeen, who, pids: new Set(pids), first: lock });
    else party.locks.push(lock);
  }
  const all = [...parties.values()];
  return [...all.filter(({ isSeen }) => isSeen), ...all.filter(({ isSeen }) => !isSeen)];
}

/** A few proven rivals, and any one, a proven one before others. `others`: the seen ones first. */
function rivalsOf(
  party: Party,
  others: readonly Party[],
): { readonly proven: readonly HeldLock[]; readonly any: HeldLock | null } {
  const proven: HeldLock[] = [];
  for (const other of others) {
    if (proven.length === RIVALS_TOLD) break;
    if (!areRivals(party, other)) continue;
    if (!party.isSeen || !other.isSeen) return { proven, any: proven[0] ?? other.first };
    proven.push(other.first);
  }
  return { proven, any: proven[0] ?? null };
}

function areRivals(a: Party, b: Party): boolean {
  if (!a.isWriting && !b.isWriting) return false;
  // Of one that is not seen no more is known than who took it.
  if (!a.isSeen || !b.isSeen) return a.first.listed.pid !== b.first.listed.pid;
  for (const pid of a.pids) if (b.pids.has(pid)) return false;
  return true;
}
