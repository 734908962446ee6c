import type { HeldLock } from '../host/kernel-locks';
import { type Finding, quoteHostile } from '../model';
import { mainHolder, nameOf } from './lock-claim';

/** Two locks that the kernel granted on one file at once, though each means to keep the other out. */
export interface Rivalry {
  readonly lock: HeldLock;
  readonly other: HeldLock;
  /** Both holders are seen, and they are not the same. */
  readonly isProven: boolean;
}

/**
 * Where a file is locked by flock and by fcntl at once. The kernel grants both, because neither excludes the other: two
 * programs that go by different kinds both believe that they are alone. Several readers are no rivals, and neither is a
 * program that takes both kinds itself.
 */
export function rivalriesIn(locks: readonly HeldLock[]): readonly Rivalry[] {
  const byFile = new Map<string, HeldLock[]>();
  for (const lock of locks) {
    const file = `${lock.listed.device}:${lock.listed.inode}`;
    const beside = byFile.get(file);
    if (beside === undefined) byFile.set(file, [lock]);
    else beside.push(lock);
  }
  return [...byFile.values()].flatMap((beside) => {
    const flocks = beside.filter(({ listed }) => listed.kind === 'FLOCK');
    const ranges = beside.filter(({ listed }) => listed.kind !== 'FLOCK');
    return flocks.flatMap((lock) =>
      ranges.flatMap((other) => {
        if (lock.listed.access === 'read' && other.listed.access === 'read') return [];
        const isUnseen = lock.unseen !== null || other.unseen !== null;
        const isOne = isUnseen ? lock.listed.pid === other.listed.pid : shareHolder(lock, other);
        return isOne ? [] : [{ lock, other, isProven: !isUnseen }];
      }),
    );
  });
}

function shareHolder(a: HeldLock, b: HeldLock): boolean {
  const pids = new Set(a.holders.map(({ process }) => process.identity.pid));
  return b.holders.some(({ process }) => pids.has(process.identity.pid));
}

const KIND_WORDS = { FLOCK: 'flock', POSIX: 'fcntl', OFDLCK: 'fcntl' } as const;

/** Who else has the file of a lock, as a sentence without a full stop. */
export function rivalInWords(lock: HeldLock): string {
  return `${whoHas(lock)} has it locked with ${KIND_WORDS[lock.listed.kind]}; the two kinds of lock do not keep each other out`;
}

export function rivalryFindings(rivalries: readonly Rivalry[], nameOf: (path: string) => string): readonly Finding[] {
  return rivalries.map(({ lock, other, isProven }) => {
    const file = nameOf(lock.path);
    const has = isProven ? 'has two holders at once' : 'may have two holders at once';
    return {
      code: 'double-holder',
      severity: isProven ? 'error' : 'warning',
      message: `${quoteHostile(file)} ${has}: ${whoHas(lock)} by flock, and ${whoHas(other)} by fcntl. The kernel grants both, and each believes that it is alone.`,
      at: null,
      file,
    };
  });
}

/** Locks of files that nobody finds any more where they were. */
export function lostFileFindings(locks: readonly HeldLock[], nameOf: (path: string) => string): readonly Finding[] {
  return locks
    .filter((lock) => lock.file !== 'there')
    .map((lock) => {
      const file = nameOf(lock.path);
      const what = lock.file === 'deleted' ? 'was deleted' : 'was replaced by another file';
      return {
        code: 'lock-file-lost',
        severity: 'warning',
        message: `${quoteHostile(file)} ${what} while ${whoHas(lock)} has it locked: whoever opens it now is not kept out.`,
        at: null,
        file,
      };
    });
}

export function innerFinding(inner: readonly HeldLock[]): readonly Finding[] {
  if (inner.length === 0) return [];
  const what = inner.length === 1 ? 'A lock belongs' : `${inner.length.toString()} locks belong`;
  return [
    {
      code: 'locks-of-inner-projects',
      severity: 'info',
      message: `${what} to a project inside of this folder, and ${inner.length === 1 ? 'is' : 'are'} shown there. Open it to see them.`,
      at: null,
      file: null,
    },
  ];
}

export function namespaceFinding(seesAll: boolean): readonly Finding[] {
  if (seesAll) return [];
  return [
    {
      code: 'own-namespace-only',
      severity: 'info',
      message:
        'Lockscope runs in a process namespace of its own (a container): the kernel does not list here what processes outside of it have locked.',
      at: null,
      file: null,
    },
  ];
}

function whoHas(lock: HeldLock): string {
  const holder = mainHolder(lock)?.process;
  if (holder === undefined) return 'somebody who is not seen';
  return `process ${holder.identity.pid.toString()} (${quoteHostile(nameOf(holder))})`;
}
