import { closeSync, fstatSync, linkSync, lstatSync, openSync, type Stats, unlinkSync, writeFileSync } from 'node:fs';

/**
 * What a lock needs of the system. Each step but `write` is one call of it, made at once and on this thread, and throws
 * the system's error, with its `code`, when it is refused.
 */
export interface FileSteps {
  /** Creates a file that must not exist, mode 0600, and opens it for writing. It is closed in programs that are started. */
  create(at: Place): number;
  /** Writes all of `text` to the end of an open file. A part of it may be there when it throws. */
  write(fd: number, text: string): void;
  lookAtOpen(fd: number): FileLook;
  lookAt(at: Place): FileLook;
  /** The descriptor is gone afterwards, also when it throws: then bytes may have been lost. */
  close(fd: number): void;
  /** Gives a file a second name, which must not exist. */
  link(from: Place, to: Place): void;
  unlink(at: Place): void;
}

/** A path, absolute, in the words of the system, so that a path which is used again is put in them only once. A link at its end is not followed. */
export interface Place {
  readonly path: string;
  /** Its bytes, which end with a NUL and hold no other. */
  readonly bytes: Uint8Array;
}

/** Throws `EINVAL` for a path that holds a NUL: the system would read it only up to there, and take another file. */
export function placeOf(path: string): Place {
  if (path.includes('\0')) throw Object.assign(new Error('the path holds a NUL'), { code: 'EINVAL' });
  return { path, bytes: Buffer.from(`${path}\0`) };
}

/** What tells one file from another, and whether somebody wrote into it. The numbers are exactly those of Node's `Stats`. */
export interface FileLook {
  readonly inode: number;
  readonly device: number;
  readonly size: number;
  /** Unix ms, with its fraction. */
  readonly modifiedMs: number;
}

/** The steps through Node: they are there on every system. */
export const nodeSteps: FileSteps = {
  create: ({ path }) => openSync(path, 'wx', 0o600),
  write: (fd, text) => {
    writeFileSync(fd, text);
  },
  lookAtOpen: (fd) => lookOf(fstatSync(fd)),
  lookAt: ({ path }) => lookOf(lstatSync(path)),
  close: (fd) => {
    closeSync(fd);
  },
  link: (from, to) => {
    linkSync(from.path, to.path);
  },
  unlink: ({ path }) => {
    unlinkSync(path);
  },
};

export function lookOf({ ino, dev, size, mtimeMs }: Stats): FileLook {
  return { inode: ino, device: dev, size, modifiedMs: mtimeMs };
}

/** Whether two looks saw the same file, into which nobody wrote in between. */
export function isSameLook(a: FileLook, b: FileLook): boolean {
  return a.inode === b.inode && a.size === b.size && a.modifiedMs === b.modifiedMs && a.device === b.device;
}
