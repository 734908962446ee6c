import type { HeldLock } from '../host/kernel-locks';
import { type Finding, quoteHostile } from '../model';
import { mainHolder, nameOf } from './lock-claim';
import type { FileRivalry } from './rivalries';

const KIND_WORDS = { FLOCK: 'flock', POSIX: 'fcntl', OFDLCK: 'fcntl' } as const;

/** Who else has the file of a lock, as a sentence without a full stop. */
export function rivalInWords(lock: HeldLock): string {
  return `${whoHas(lock)} has it locked with ${KIND_WORDS[lock.listed.kind]}; the two kinds of lock do not keep each other out`;
}

/** One for each file, however many have it. */
export function rivalryFindings(files: readonly FileRivalry[], nameOf: (path: string) => string): readonly Finding[] {
  return files.map(({ lock, other, isProven, more }) => {
    const file = nameOf(lock.path);
    const count = more === 0 ? 'two' : (more + 2).toString();
    const has = `${isProven ? 'has' : 'may have'} ${count} holders at once`;
    const named = `${whoHas(lock)} by flock, and ${whoHas(other)} by fcntl${more === 0 ? '' : `, and ${more.toString()} more`}`;
    return {
      code: 'double-holder',
      severity: isProven ? 'error' : 'warning',
      message: `${quoteHostile(file)} ${has}: ${named}. The kernel grants both, and each believes that it is alone.`,
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
        'Lockscope runs in a process namespace of its own (a container): the kernel does not list here what processes outside of it have locked, nor locks inside of it whose taker has ended.',
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
