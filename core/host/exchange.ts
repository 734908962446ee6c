import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { describeError } from './errors';
import { systemLibrary } from './system-library';

/**
 * Steps on names that Node has no call for. Each is one call of the system: nobody ever sees half of it.
 *
 * Paths are absolute, and a link at their end is not followed. Works on files, folders and anything else that has a
 * name, also on two that are not alike.
 */
export interface FileExchange {
  /** Swaps two names, both of which must be there, on one file system. Neither is ever without its file. */
  exchange(a: string, b: string): ExchangeOutcome;
  /** Gives `from` the name `to`, unless something bears it already. */
  moveNew(from: string, to: string): MoveOutcome;
  /** Locks an open file for this process (flock), without waiting. It ends when the file is closed, or the process ends. */
  tryLock(fd: number): LockOutcome;
}

export type ExchangeOutcome =
  | { readonly kind: 'done' }
  /** This file system, or this system, has no such step. Nothing was changed, nor will it ever be. */
  | { readonly kind: 'cannot'; readonly reason: string }
  /** One of the two is not there. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'broken'; readonly error: string };

export type MoveOutcome = ExchangeOutcome | { readonly kind: 'taken' };

export type LockOutcome =
  | { readonly kind: 'locked' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'broken'; readonly error: string };

export type FileExchangeOutcome =
  | { readonly kind: 'can'; readonly files: FileExchange }
  | { readonly kind: 'cannot'; readonly reason: string };

let loading: Promise<FileExchangeOutcome> | null = null;

/** What this system can do. Loads the native library when it is first asked. Never rejects. */
export function fileExchange(): Promise<FileExchangeOutcome> {
  loading ??= Promise.resolve().then(load);
  return loading;
}

const RENAME_EXCHANGE = 2;
const RENAME_NOREPLACE = 1;
const AT_FDCWD = -100;
const RENAME_SWAP = 2;
const RENAME_EXCL = 4;
const LOCK_EX_NB = 2 | 4;

function load(): FileExchangeOutcome {
  const { platform } = process;
  if (platform !== 'linux' && platform !== 'darwin') {
    return { kind: 'cannot', reason: 'this system has no step that swaps two files' };
  }
  try {
    const system = systemLibrary();
    /** Null when it went well, else the system's code. */
    const call = (run: () => unknown): string | null => {
      const result = run();
      return result === 0 ? null : getSystemErrorName(-system.errno());
    };
    const flock = system.func('int flock(int fd, int operation)');
    const tryLock = (fd: number): string | null => call(() => flock(fd, LOCK_EX_NB));
    if (platform === 'linux') {
      const renameat2 = system.func(
        'int renameat2(int olddir, const char *old, int newdir, const char *new, uint flags)',
      );
      const rename = (a: string, b: string, flags: number) => call(() => renameat2(AT_FDCWD, a, AT_FDCWD, b, flags));
      return {
        kind: 'can',
        files: inWords({
          exchange: (a, b) => rename(a, b, RENAME_EXCHANGE),
          moveNew: (a, b) => rename(a, b, RENAME_NOREPLACE),
          tryLock,
        }),
      };
    }
    const renamex = system.func('int renamex_np(const char *from, const char *to, uint flags)');
    return {
      kind: 'can',
      files: inWords({
        exchange: (a, b) => call(() => renamex(a, b, RENAME_SWAP)),
        moveNew: (a, b) => call(() => renamex(a, b, RENAME_EXCL)),
        tryLock,
      }),
    };
  } catch (error) {
    return { kind: 'cannot', reason: `the step that swaps two files could not be loaded: ${describeError(error)}` };
  }
}

interface Calls {
  readonly exchange: (a: string, b: string) => string | null;
  readonly moveNew: (from: string, to: string) => string | null;
  readonly tryLock: (fd: number) => string | null;
}

function inWords(calls: Calls): FileExchange {
  return {
    exchange: (a, b) => outcomeOf(() => calls.exchange(a, b), [a, b], 'swaps two files'),
    moveNew: (from, to) => moveOutcomeOf(() => calls.moveNew(from, to), [from, to]),
    tryLock: (fd) => {
      const code = calls.tryLock(fd);
      if (code === null) return { kind: 'locked' };
      return isCode(code, 'EWOULDBLOCK', 'EAGAIN') ? { kind: 'busy' } : { kind: 'broken', error: words(code) };
    },
  };
}

function moveOutcomeOf(run: () => string | null, paths: readonly string[]): MoveOutcome {
  const outcome = outcomeOf(run, paths, 'moves a file and replaces nothing', 'EEXIST');
  return outcome === 'expected' ? { kind: 'taken' } : outcome;
}

function outcomeOf(run: () => string | null, paths: readonly string[], step: string): ExchangeOutcome;
function outcomeOf(
  run: () => string | null,
  paths: readonly string[],
  step: string,
  expected: string,
): ExchangeOutcome | 'expected';
function outcomeOf(
  run: () => string | null,
  paths: readonly string[],
  step: string,
  expected?: string,
): ExchangeOutcome | 'expected' {
  // The system would read such a path only up to there, and take another file.
  if (paths.some((path) => path.includes('\0'))) return { kind: 'broken', error: 'the path holds a NUL' };
  const code = run();
  if (code === null) return { kind: 'done' };
  if (code === expected) return 'expected';
  if (code === 'ENOENT') return { kind: 'gone' };
  if (isCode(code, 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV')) {
    return { kind: 'cannot', reason: `this file system has no step that ${step} (${code})` };
  }
  return { kind: 'broken', error: words(code) };
}

/** Some codes have two names for one number, and which of them the system says is its own choice. */
function isCode(code: string, ...names: readonly (keyof typeof constants.errno)[]): boolean {
  return names.some((name) => code === name || code === getSystemErrorName(-constants.errno[name]));
}

function words(code: string): string {
  return describeError(Object.assign(new Error(code), { code }));
}
