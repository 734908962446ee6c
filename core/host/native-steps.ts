import { constants, lstatSync } from 'node:fs';
import { constants as system } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { errorCode } from './errors';
import { type FileLook, type FileSteps, isSameLook, lookOf, type Place, placeOf } from './file-steps';
import { systemLibrary } from './system-library';

/**
 * Calls of the system, as its C library has them; paths end with a NUL. Each gives -1 when it was refused, and `errno` tells why as long as
 * no other call was made.
 */
export interface NativeCalls {
  open(path: Uint8Array, flags: number, mode: number): number;
  write(fd: number, bytes: Uint8Array, count: number): number;
  statx(folder: number, path: Uint8Array, flags: number, mask: number, room: Uint8Array): number;
  close(fd: number): number;
  link(from: Uint8Array, to: Uint8Array): number;
  unlink(path: Uint8Array): number;
  errno(): number;
}

/**
 * The steps without the way through Node's own calls, which takes as long again as the system does.
 * Null where it is not known that they do what Node does. Throws where the native library cannot be loaded.
 */
export function nativeSteps(): FileSteps | null {
  // What is known of flags and layouts holds for these. The probe is for what is not known.
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return null;
  const library = systemLibrary();
  const open = library.func('int open(const void *path, int flags, uint mode)');
  const write = library.func('intptr_t write(int fd, const void *bytes, size_t count)');
  const statx = library.func('int statx(int folder, const void *path, int flags, uint mask, void *room)');
  const close = library.func('int close(int fd)');
  const link = library.func('int link(const void *from, const void *to)');
  const unlink = library.func('int unlink(const void *path)');
  const steps = new NativeSteps({
    open: open as NativeCalls['open'],
    write: write as NativeCalls['write'],
    statx: statx as NativeCalls['statx'],
    close: close as NativeCalls['close'],
    link: link as NativeCalls['link'],
    unlink: unlink as NativeCalls['unlink'],
    errno: () => library.errno(),
  });
  return doWhatNodeDoes(steps) ? steps : null;
}

const { EINTR } = system.errno;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | 0o2000000;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Inode, size and time of change. The device comes always. */
const WANTED = 0x100 | 0x200 | 0x40;
const STATX_BYTES = 256;
/** More than a lock of ours takes. */
const TEXT_BYTES = 4096;
const NO_PATH = Buffer.from('\0');

/** Steps made of calls of the system. One that a signal interrupted is made again, as Node does. */
export class NativeSteps implements FileSteps {
  readonly #calls: NativeCalls;
  readonly #room = new Uint8Array(STATX_BYTES);
  readonly #text = Buffer.alloc(TEXT_BYTES);
  readonly #fields = new DataView(this.#room.buffer);

  constructor(calls: NativeCalls) {
    this.#calls = calls;
  }

  create({ bytes }: Place): number {
    for (;;) {
      const fd = this.#calls.open(bytes, CREATE, 0o600);
      if (fd >= 0) return fd;
      this.#refused();
    }
  }

  write(fd: number, text: string): void {
    // No character takes more than three bytes for each of its units.
    const bytes = text.length * 3 <= this.#text.length ? this.#text : Buffer.alloc(text.length * 3);
    const length = bytes.write(text);
    for (let done = 0; done < length; ) {
      const count = this.#calls.write(fd, done === 0 ? bytes : bytes.subarray(done), length - done);
      if (count > 0) done += count;
      else if (count < 0) this.#refused();
      // No file that bytes are written to says so. It must not keep us for ever.
      else throw refusal('EIO');
    }
  }

  lookAtOpen(fd: number): FileLook {
    return this.#look(fd, NO_PATH, AT_EMPTY_PATH);
  }

  lookAt({ bytes }: Place): FileLook {
    return this.#look(AT_FDCWD, bytes, AT_SYMLINK_NOFOLLOW);
  }

  close(fd: number): void {
    // Interrupted or not: Linux lets it go.
    if (this.#calls.close(fd) !== 0) this.#refused();
  }

  link(from: Place, to: Place): void {
    while (this.#calls.link(from.bytes, to.bytes) !== 0) this.#refused();
  }

  unlink({ bytes }: Place): void {
    while (this.#calls.unlink(bytes) !== 0) this.#refused();
  }

  /** struct statx is the same on every machine. */
  #look(folder: number, path: Uint8Array, flags: number): FileLook {
    while (this.#calls.statx(folder, path, flags, WANTED, this.#room) !== 0) this.#refused();
    const fields = this.#fields;
    const seconds = fields.getUint32(112, true) + fields.getInt32(116, true) * 2 ** 32;
    return {
      inode: fields.getUint32(32, true) + fields.getUint32(36, true) * 2 ** 32,
      device: deviceOf(fields.getUint32(136, true), fields.getUint32(140, true)),
      size: fields.getUint32(40, true) + fields.getUint32(44, true) * 2 ** 32,
      modifiedMs: seconds * 1000 + fields.getUint32(120, true) / 1e6,
    };
  }

  /** To be called right after a call that was refused. Returns when a signal interrupted it, else throws why. */
  #refused(): void {
    const number = this.#calls.errno();
    if (number === EINTR) return;
    throw refusal(getSystemErrorName(-number));
  }
}

/** An error as Node's calls throw it, as far as it tells why. */
function refusal(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A device's two numbers as the C library, and Node, make them one. */
function deviceOf(major: number, minor: number): number {
  return (major >>> 12) * 2 ** 44 + (minor >>> 8) * 2 ** 20 + (major & 0xfff) * 2 ** 8 + (minor & 0xff);
}

/** Whether a look tells what Node tells, and a refusal its reason. Of files that do not change; changes nothing. */
function doWhatNodeDoes(steps: FileSteps): boolean {
  const root = placeOf('/');
  const file = placeOf(process.execPath);
  const none = placeOf('');
  return (
    [root, file].every((place) => isSameLook(steps.lookAt(place), lookOf(lstatSync(place.path)))) &&
    codeOf(() => steps.create(file)) === 'EEXIST' &&
    codeOf(() => steps.link(none, file)) === 'ENOENT' &&
    codeOf(() => steps.unlink(none)) === 'ENOENT'
  );
}

function codeOf(step: () => unknown): string | null {
  try {
    step();
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
