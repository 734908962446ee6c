import { fstatSync, lstatSync } from 'node:fs';
import { constants as system } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { describeError } from './errors';
import { type SystemLibrary, systemLibrary } from './system-library';

/**
 * The two advisory locks of a kernel. They exclude nothing of each other: who takes one is not kept out by the other.
 *
 * - `fcntl`: what `fcntl(F_SETLK)` and `lockf` of other programs take, over the whole file.
 * - `flock`: what `flock(2)` and the command of that name take.
 */
export type KernelLockKind = 'fcntl' | 'flock';

/** `shared` keeps out only who wants it for himself. */
export type KernelLockMode = 'exclusive' | 'shared';

/**
 * What is guaranteed: both kinds belong to the open file behind the descriptor, never to the process. A lock ends when
 * it is given back, or when the last descriptor of that open file is closed, and by nothing else.
 *
 * So `fcntl` is taken as an *open file description lock* (`F_OFD_SETLK`). It and the classic POSIX lock (`F_SETLK`) of
 * other programs exclude each other, but what makes the classic one a trap cannot happen to it: that closing any other
 * descriptor of the file, in any library of the process, drops the lock; that a second taker in the same process is
 * granted it as well; that all threads are one taker. The classic call is made nowhere in this program.
 *
 * Not guaranteed: anything against programs that do not ask for the lock. Advisory locks hold back nobody else.
 */
export interface DescriptorLocks {
  /**
   * Tries to lock a descriptor that is open for reading and writing, at once and without waiting. A lock that the same
   * open file has already is changed to this mode.
   */
  tryLock(fd: number, kind: KernelLockKind, mode: KernelLockMode): DescriptorLockOutcome;
  /** Gives the lock back; nothing happens where there is none. Throws the system's error. */
  unlock(fd: number, kind: KernelLockKind): void;
  /**
   * Gives what tells whether the very file behind the descriptor stands at a path still; a link there is another file.
   * Both throw the system's error.
   */
  standsAt(fd: number, path: string): () => boolean;
}

export type DescriptorLockOutcome =
  | { readonly kind: 'locked' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'broken'; readonly error: string };

export type DescriptorLocksOutcome =
  | { readonly kind: 'can'; readonly locks: DescriptorLocks }
  /** Why, in a sentence. */
  | { readonly kind: 'cannot'; readonly reason: string };

let known: DescriptorLocksOutcome | null = null;

/** What this system can do. Loads the native library when it is first asked. Never throws. */
export function descriptorLocks(): DescriptorLocksOutcome {
  known ??= load();
  return known;
}

const F_OFD_SETLK = 37;
const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;
/** struct flock of a 64-bit Linux: s16 type, s16 whence, s64 start, s64 length (0: to the end), s32 pid (0). */
const FLOCK_BYTES = 32;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_FDCWD = -100;
const STATX_INO = 0x100;
/** struct statx: u64 inode, and the device as two u32. */
const STATX_BYTES = 256;
const INODE_AT = 32;
const DEVICE_AT = 136;
const NO_PATH = Buffer.from('\0');

const LOCKED: DescriptorLockOutcome = { kind: 'locked' };
const BUSY: DescriptorLockOutcome = { kind: 'busy' };

function load(): DescriptorLocksOutcome {
  if (process.platform === 'win32') {
    return {
      kind: 'cannot',
      reason: 'File locks are not supported on Windows: use a task lease of the database instead.',
    };
  }
  // What is known of numbers and layouts holds for these.
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    return {
      kind: 'cannot',
      reason: 'On this system it is not known how to take a lock that belongs to a descriptor.',
    };
  }
  try {
    return { kind: 'can', locks: new LinuxLocks(systemLibrary()) };
  } catch (error) {
    return { kind: 'cannot', reason: `The calls that take a lock could not be loaded: ${describeError(error)}.` };
  }
}

type Fcntl = (fd: number, command: number, lock: Uint8Array) => number;
type Flock = (fd: number, operation: number) => number;
type Statx = (folder: number, path: Uint8Array, flags: number, mask: number, room: Uint8Array) => number;

class LinuxLocks implements DescriptorLocks {
  readonly #errno: () => number;
  readonly #fcntl: Fcntl;
  readonly #flock: Flock;
  readonly #standsAt: DescriptorLocks['standsAt'];
  readonly #exclusive = wholeFile(F_WRLCK);
  readonly #shared = wholeFile(F_RDLCK);
  readonly #none = wholeFile(F_UNLCK);

  constructor(library: SystemLibrary) {
    this.#errno = () => library.errno();
    this.#fcntl = library.func('int fcntl(int fd, int command, void *lock)') as Fcntl;
    this.#flock = library.func('int flock(int fd, int operation)') as Flock;
    this.#standsAt = standing(library);
  }

  tryLock(fd: number, kind: KernelLockKind, mode: KernelLockMode): DescriptorLockOutcome {
    const isShared = mode === 'shared';
    for (;;) {
      const result =
        kind === 'fcntl'
          ? this.#fcntl(fd, F_OFD_SETLK, isShared ? this.#shared : this.#exclusive)
          : this.#flock(fd, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB);
      if (result === 0) return LOCKED;
      const code = this.#errno();
      // EACCES is what some systems say instead of EAGAIN.
      if (code === system.errno.EAGAIN || (kind === 'fcntl' && code === system.errno.EACCES)) return BUSY;
      if (code !== system.errno.EINTR) return { kind: 'broken', error: describeError(refusal(code)) };
    }
  }

  unlock(fd: number, kind: KernelLockKind): void {
    for (;;) {
      const result = kind === 'fcntl' ? this.#fcntl(fd, F_OFD_SETLK, this.#none) : this.#flock(fd, LOCK_UN);
      if (result === 0) return;
      const code = this.#errno();
      if (code !== system.errno.EINTR) throw refusal(code);
    }
  }

  standsAt(fd: number, path: string): () => boolean {
    return this.#standsAt(fd, path);
  }
}

function wholeFile(type: number): Uint8Array {
  const lock = new Uint8Array(FLOCK_BYTES);
  new DataView(lock.buffer).setInt16(0, type, true);
  return lock;
}

/** Around Node's own call, which takes longer than the lock does, where there is a way. */
function standing(library: SystemLibrary): DescriptorLocks['standsAt'] {
  const room = new Uint8Array(STATX_BYTES);
  const fields = new DataView(room.buffer);
  let statx: Statx;
  try {
    statx = library.func('int statx(int folder, const void *path, int flags, uint mask, void *room)') as Statx;
  } catch {
    // An older C library.
    return standingByNode;
  }
  return (fd, path) => {
    if (statx(fd, NO_PATH, AT_EMPTY_PATH, STATX_INO, room) !== 0) return standingByNode(fd, path);
    const places = [INODE_AT, INODE_AT + 4, DEVICE_AT, DEVICE_AT + 4];
    const opened = places.map((place) => fields.getUint32(place, true));
    const name = Buffer.from(`${path}\0`);
    return () => {
      if (statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_INO, room) === 0) {
        return places.every((place, n) => fields.getUint32(place, true) === opened[n]);
      }
      const code = library.errno();
      if (isNothing(code)) return false;
      throw refusal(code);
    };
  };
}

function standingByNode(fd: number, path: string): () => boolean {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return () => {
    const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return there !== undefined && there.ino === ino && there.dev === dev;
  };
}

/** Nothing stands there, as Node has it too. */
function isNothing(code: number): boolean {
  return code === system.errno.ENOENT || code === system.errno.ENOTDIR;
}

function refusal(number: number): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(code), { code });
}
