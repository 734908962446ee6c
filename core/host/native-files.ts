import { constants, readdirSync, statSync } from 'node:fs';
import { constants as system, tmpdir } from 'node:os';
import { systemLibrary } from './system-library';

/**
 * Many small files of one folder, by calls of the system without the way through Node's own: half the time for each.
 * Only where a probe found that they say what Node says; there is always the ordinary way.
 */
export interface NativeFiles {
  /** Null where it cannot be opened as a folder: ask in the ordinary way why. Close it. */
  openFolder(path: string): NativeFolder | null;
}

/** What the last look told of a file. The numbers are exactly those of Node's `Stats`. */
export interface FilePrint {
  inode: number;
  size: number;
  /** Unix ms, with its fraction: when its bytes last changed, which a program may set to any time. */
  modifiedMs: number;
  /** The same: when anything about it last changed. Only the system sets it. */
  changedMs: number;
}

/** It is no file that `readFile` reads, or the system would not: ask in the ordinary way what it is. */
export const NOT_READ = -1;
/** It needs more room than there was. `print.size` tells how much: one byte more than that. */
export const NO_ROOM = -2;

export interface NativeFolder {
  /** Filled anew by each `readFile` and `lookAt`. */
  readonly print: Readonly<FilePrint>;
  /**
   * Reads a regular file whole into `room` from `at` on, and gives the number of its bytes, or `NOT_READ` or `NO_ROOM`.
   *
   * What is opened is looked at before it is read, and `print` is of that. A link is not followed, opening never
   * waits (for a FIFO's writer), and nothing of more than `most` bytes is read. A file that grows meanwhile gives one
   * byte more than its size.
   */
  readFile(name: string, room: Uint8Array, at: number, most: number): number;
  /** Looks at what stands under a name, without opening it or following a link. False when there is nothing to see. */
  lookAt(name: string): boolean;
  /**
   * The next entries of the folder, as `entriesIn` reads them; 0 at the end, -1 when the system gives none.
   * `aside` lists without keeping this thread; one call at a time, and nothing else may be done with the folder meanwhile.
   */
  list(room: Uint8Array): number;
  listAside(room: Uint8Array): Promise<number>;
  close(): void;
}

/** What a listing says of an entry. `unknown`: the file system does not say; ask for it. */
export type EntryKind = 'file' | 'folder' | 'other' | 'unknown';

/**
 * Calls `visit` for each of the first `length` bytes' entries: where its name begins and ends in `room`, and what it
 * is. The folder itself and the one above it are left out.
 */
export function entriesIn(
  room: Uint8Array,
  length: number,
  visit: (from: number, to: number, kind: EntryKind) => void,
): void {
  // struct linux_dirent64: u64 inode, s64 offset, u16 length, u8 type, name and NUL. The same on every machine.
  for (let at = 0; at + 19 < length; ) {
    const size = (room[at + 16] ?? 0) | ((room[at + 17] ?? 0) << 8);
    if (size < 20) return;
    const from = at + 19;
    let to = from;
    while (room[to] !== 0 && to < at + size) to += 1;
    const dots = room[from] === DOT && (to === from + 1 || (to === from + 2 && room[from + 1] === DOT));
    if (!dots) visit(from, to, kindOf(room[at + 18] ?? 0));
    at += size;
  }
}

const DOT = 0x2e;

function kindOf(type: number): EntryKind {
  if (type === 8) return 'file';
  if (type === 4) return 'folder';
  return type === 0 ? 'unknown' : 'other';
}

let loading: Promise<NativeFiles | null> | null = null;

/** What this system can do; null where it has to be done in the ordinary way. Loads the native library. Never rejects. */
export function nativeFiles(): Promise<NativeFiles | null> {
  loading ??= Promise.resolve()
    .then(load)
    .catch(() => null);
  return loading;
}

/** Not blocking: opening a FIFO that nobody writes to would hang for ever. Closed in programs that are started. */
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | 0o2000000;
const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | 0o2000000;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Type, mode, inode, size and the two times of change. */
const WANTED = 0x1 | 0x2 | 0x100 | 0x200 | 0x40 | 0x80;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const STATX_BYTES = 256;

function load(): NativeFiles | null {
  // What is known of flags and layouts holds for these. The probe is for what is not known.
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return null;
  const library = systemLibrary();
  const openat = library.func('int openat(int folder, const char *name, int flags)');
  const statx = library.func('int statx(int folder, const char *name, int flags, uint mask, void *buffer)');
  const read = library.func('intptr_t read(int fd, void *buffer, size_t count)');
  const getdents = library.func('intptr_t getdents64(int fd, void *buffer, size_t count)');
  const close = library.func('int close(int fd)');
  const files = fromCalls({
    openat: openat as Calls['openat'],
    statx: statx as Calls['statx'],
    read: read as Calls['read'],
    getdents: getdents as Calls['getdents'],
    getdentsAside: (fd, room) =>
      new Promise((resolve) => {
        getdents.async(fd, room, room.length, (error: unknown, count: number) => {
          resolve(error === null || error === undefined ? count : -1);
        });
      }),
    close: close as Calls['close'],
    wasInterrupted: () => library.errno() === system.errno.EINTR,
  });
  return saysWhatNodeSays(files) ? files : null;
}

/** Each gives -1 when the system refused. */
interface Calls {
  openat(folder: number, name: string, flags: number): number;
  statx(folder: number, name: string, flags: number, mask: number, buffer: Uint8Array): number;
  read(fd: number, buffer: Uint8Array, count: number): number;
  getdents(fd: number, buffer: Uint8Array, count: number): number;
  getdentsAside(fd: number, room: Uint8Array): Promise<number>;
  close(fd: number): number;
  /** Whether the last call was refused because a signal came: then it is to be made again. */
  wasInterrupted(): boolean;
}

function fromCalls(calls: Calls): NativeFiles {
  const open = (folder: number, name: string, flags: number): number => {
    // The system would read such a name only up to there, and take another file.
    if (name.includes('\0')) return -1;
    for (;;) {
      const fd = calls.openat(folder, name, flags);
      if (fd >= 0 || !calls.wasInterrupted()) return fd;
    }
  };
  return {
    openFolder: (path) => {
      const fd = open(AT_FDCWD, path, OPEN_FOLDER);
      return fd < 0 ? null : new Folder(calls, fd, open);
    },
  };
}

class Folder implements NativeFolder {
  readonly print: FilePrint = { inode: 0, size: 0, modifiedMs: 0, changedMs: 0 };
  readonly #calls: Calls;
  readonly #fd: number;
  readonly #open: (folder: number, name: string, flags: number) => number;
  readonly #look = new Uint8Array(STATX_BYTES);
  readonly #fields = new DataView(this.#look.buffer);

  constructor(calls: Calls, fd: number, open: (folder: number, name: string, flags: number) => number) {
    this.#calls = calls;
    this.#fd = fd;
    this.#open = open;
  }

  readFile(name: string, room: Uint8Array, at: number, most: number): number {
    const fd = this.#open(this.#fd, name, OPEN_FILE);
    if (fd < 0) return NOT_READ;
    const length = this.#readOpened(fd, room, at, most);
    // Linux lets it go even when it says that it was interrupted.
    this.#calls.close(fd);
    return length;
  }

  #readOpened(fd: number, room: Uint8Array, at: number, most: number): number {
    if (!this.#statx(fd, '', AT_EMPTY_PATH)) return NOT_READ;
    const { size } = this.print;
    if ((this.#fields.getUint16(28, true) & S_IFMT) !== S_IFREG || size > most) return NOT_READ;
    // One byte more: a file that grows while it is read is seen to be longer.
    const wanted = size + 1;
    if (at + wanted > room.length) return NO_ROOM;
    let length = 0;
    while (length < wanted) {
      const from = at + length;
      const count = this.#calls.read(fd, room.subarray(from, from + wanted - length), wanted - length);
      if (count < 0) {
        if (this.#calls.wasInterrupted()) continue;
        return NOT_READ;
      }
      length += count;
      // A file that gave all of its size, and not the byte more that was asked for, is at its end.
      if (count === 0 || length === size) break;
    }
    return length;
  }

  lookAt(name: string): boolean {
    return !name.includes('\0') && this.#statx(this.#fd, name, AT_SYMLINK_NOFOLLOW);
  }

  /** Fills `print`. struct statx is the same on every machine. */
  #statx(folder: number, name: string, flags: number): boolean {
    while (this.#calls.statx(folder, name, flags, WANTED, this.#look) < 0) {
      if (!this.#calls.wasInterrupted()) return false;
    }
    const fields = this.#fields;
    const { print } = this;
    print.inode = fields.getUint32(32, true) + fields.getUint32(36, true) * 2 ** 32;
    print.size = fields.getUint32(40, true) + fields.getUint32(44, true) * 2 ** 32;
    print.modifiedMs = this.#msAt(112);
    print.changedMs = this.#msAt(96);
    return true;
  }

  /** A struct statx_timestamp in unix ms. */
  #msAt(at: number): number {
    const seconds = this.#fields.getUint32(at, true) + this.#fields.getInt32(at + 4, true) * 2 ** 32;
    return seconds * 1000 + this.#fields.getUint32(at + 8, true) / 1e6;
  }

  list(room: Uint8Array): number {
    return this.#calls.getdents(this.#fd, room, room.length);
  }

  listAside(room: Uint8Array): Promise<number> {
    return this.#calls.getdentsAside(this.#fd, room);
  }

  close(): void {
    this.#calls.close(this.#fd);
  }
}

/**
 * Whether a look at a folder and a listing of it tell what Node tells of them: of the folder for temporary files, or,
 * where it has changed meanwhile, of the root folder.
 */
function saysWhatNodeSays(files: NativeFiles): boolean {
  return [tmpdir(), '/'].some((path) => {
    const folder = files.openFolder(path);
    if (folder === null) return false;
    try {
      const stat = statSync(path);
      if (!folder.lookAt('.')) return false;
      const { inode, size, modifiedMs, changedMs } = folder.print;
      const same =
        inode === stat.ino && size === stat.size && modifiedMs === stat.mtimeMs && changedMs === stat.ctimeMs;
      return same && firstNameIsThere(folder, path);
    } finally {
      folder.close();
    }
  });
}

function firstNameIsThere(folder: NativeFolder, path: string): boolean {
  const room = new Uint8Array(32_768);
  const length = folder.list(room);
  if (length <= 0) return false;
  const names = new Set(readdirSync(path));
  let known = 0;
  entriesIn(room, length, (from, to) => {
    if (names.has(Buffer.from(room.subarray(from, to)).toString())) known += 1;
  });
  // Of a folder in use some may be gone; of entries that were misread none is there.
  return names.size === 0 || known > 0;
}
