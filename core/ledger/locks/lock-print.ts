import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** What tells a lock or an event file from another one, whatever it is: a file, a folder, or neither. Plain data. */
export interface LockPrint {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly device: string;
  readonly inode: string;
  /** The bits of its mode, without its kind. */
  readonly mode: number;
  readonly uid: string;
  readonly gid: string;
  readonly size: string;
  /** Unix time in ns. */
  readonly modifiedNs: string;
  /** Unix time in ns of its last change, which a new name counts as. */
  readonly changedNs: string;
  /** Unix time in ns; null where the system keeps none. */
  readonly bornNs: string | null;
  /** SHA-256, hex, of its bytes (the first MiB and one), or of what lies in the folder; null where we may not look. */
  readonly digest: string | null;
}

/** All of an event that any tool would read, and a byte more. */
const MOST_BYTES = 1024 * 1024 + 1;
const MOST_NAMES = 1_000;

/** Looks at what stands at `path`, links not followed. Null when nothing does. Never throws, never blocks. */
export function printOf(path: string): LockPrint | null {
  try {
    const stat = lstatSync(path, { bigint: true });
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other';
    return {
      kind,
      device: stat.dev.toString(),
      inode: stat.ino.toString(),
      mode: Number(stat.mode & 0o7777n),
      uid: stat.uid.toString(),
      gid: stat.gid.toString(),
      size: stat.size.toString(),
      modifiedNs: stat.mtimeNs.toString(),
      changedNs: stat.ctimeNs.toString(),
      // Without a time of birth the system tells the time of the last change in its place.
      bornNs: stat.birthtimeNs === stat.ctimeNs ? null : stat.birthtimeNs.toString(),
      digest: digestOf(path, kind),
    };
  } catch {
    return null;
  }
}

/** Whether what stands at `path` may be what a print is of, untouched: all but its bytes is as it was. Never throws. */
export function seemsUntouched(path: string, print: LockPrint): boolean {
  try {
    const stat = lstatSync(path, { bigint: true });
    return (
      stat.dev.toString() === print.device &&
      stat.ino.toString() === print.inode &&
      stat.size.toString() === print.size &&
      stat.mtimeNs.toString() === print.modifiedNs &&
      stat.ctimeNs.toString() === print.changedNs
    );
  } catch {
    return false;
  }
}

/** Whether exactly the lock of a print stands at `path`: nothing does, something else does, or it. Never throws. */
export function whatStandsAt(path: string, print: LockPrint): 'nothing' | 'another' | 'it' {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return 'nothing';
    // What is another for all but its bytes need not be read.
    const maybe = stat.ino.toString() === print.inode && stat.size.toString() === print.size;
    const found = maybe ? printOf(path) : null;
    return found !== null && isSameLock(found, print) ? 'it' : 'another';
  } catch {
    return 'nothing';
  }
}

function digestOf(path: string, kind: LockPrint['kind']): string | null {
  try {
    switch (kind) {
      case 'file':
        return sha256(firstBytes(path));
      case 'folder':
        return sha256(Buffer.from(JSON.stringify(namesIn(path))));
      case 'link':
        return sha256(Buffer.from(readlinkSync(path)));
      case 'other':
        return null;
    }
  } catch {
    return null;
  }
}

function firstBytes(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return Buffer.alloc(0);
    const buffer = Buffer.alloc(Math.min(stat.size + 1, MOST_BYTES));
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

function namesIn(folder: string): readonly (readonly string[])[] {
  return readdirSync(folder)
    .sort()
    .slice(0, MOST_NAMES)
    .map((name) => {
      const stat = lstatSync(join(folder, name), { bigint: true });
      return [name, stat.ino.toString(), stat.mode.toString(), stat.size.toString(), stat.mtimeNs.toString()];
    });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether two looks met the same lock, unchanged but for its name. */
export function isSameLock(a: LockPrint, b: LockPrint): boolean {
  return (
    a.kind === b.kind &&
    a.device === b.device &&
    a.inode === b.inode &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.size === b.size &&
    a.modifiedNs === b.modifiedNs &&
    (a.bornNs === null || b.bornNs === null || a.bornNs === b.bornNs) &&
    a.digest === b.digest
  );
}

/** Whether nothing at all happened to a lock between two looks. */
export function isUntouched(a: LockPrint, b: LockPrint): boolean {
  return isSameLock(a, b) && a.changedNs === b.changedNs;
}
