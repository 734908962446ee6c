import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { describeError, errorCode } from '../../host/errors';
import { MAX_EVENT_BYTES } from './event-bytes';

/** Not blocking: opening a FIFO that nobody writes to would hang for ever. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Enough of a file's identity to see that it is still the same: not proof, but cheap. */
export interface Fingerprint {
  readonly inode: number;
  readonly size: number;
  /** Unix ms, with its fraction: when its bytes last changed, which a program may set to any time. */
  readonly modifiedMs: number;
  /** The same: when anything about it last changed. Only the system sets it. */
  readonly changedMs: number;
}

export type EventBytes =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly fingerprint: Fingerprint }
  | { readonly kind: 'missing' }
  /** A folder of that name is no event for anybody, but nothing can be written there. */
  | { readonly kind: 'folder' }
  | { readonly kind: 'too-large'; readonly size: number; readonly fingerprint: Fingerprint }
  | { readonly kind: 'not-a-file'; readonly what: string }
  | { readonly kind: 'link-out'; readonly target: string }
  | { readonly kind: 'unreadable'; readonly error: string };

/**
 * Reads one event file. Never hangs and never throws: a FIFO, a device or a folder in its place is named, a link
 * that leads out of the proof is not followed, and no more than the allowed size is ever read. `name` is a plain
 * file name. Where a room is given, the bytes are good only until it is used again.
 */
export function readEventFile(
  ledgerFolder: string,
  proofFolder: string,
  name: string,
  room: EventRoom | null = null,
): EventBytes {
  // An event's own name has nothing to be resolved, and a hundred thousand of them are worth the difference.
  const path = ledgerFolder + sep + name;
  const first = openAndRead(path, room);
  return first.kind === 'unreadable' && first.code === 'ELOOP'
    ? readThroughLink(path, proofFolder, room)
    : withoutCode(first);
}

/** Room for one event, to be used again and again by a caller that keeps no bytes past its next reading. */
export interface EventRoom {
  readonly buffer: Buffer;
}

export function roomForEvent(): EventRoom {
  // One byte more than allowed: a file that grows while we read is seen to be too large.
  return { buffer: Buffer.allocUnsafeSlow(MAX_EVENT_BYTES + 1) };
}

type OpenOutcome =
  | Exclude<EventBytes, { kind: 'unreadable' }>
  | { kind: 'unreadable'; error: string; code: string | null };

function withoutCode(outcome: OpenOutcome): EventBytes {
  return outcome.kind === 'unreadable' ? { kind: 'unreadable', error: outcome.error } : outcome;
}

function readThroughLink(path: string, proofFolder: string, room: EventRoom | null): EventBytes {
  let target: string;
  try {
    target = realpathSync(path);
  } catch (error) {
    return errorCode(error) === 'ENOENT'
      ? { kind: 'not-a-file', what: 'a link that leads nowhere' }
      : { kind: 'unreadable', error: describeError(error) };
  }
  if (!target.startsWith(proofFolder + sep)) return { kind: 'link-out', target };
  const read = withoutCode(openAndRead(target, room));
  // A link is taken for an event, wherever it leads.
  return read.kind === 'folder' ? { kind: 'not-a-file', what: 'a link to a folder' } : read;
}

function openAndRead(path: string, room: EventRoom | null): OpenOutcome {
  let fd: number;
  try {
    fd = openSync(path, OPEN_FLAGS);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return { kind: 'missing' };
    // A socket cannot be opened at all.
    if (code === 'ENXIO') return { kind: 'not-a-file', what: whatStandsAt(path) };
    return { kind: 'unreadable', error: describeError(error), code };
  }
  try {
    return readOpened(fd, room);
  } catch (error) {
    return { kind: 'unreadable', error: describeError(error), code: errorCode(error) };
  } finally {
    closeSync(fd);
  }
}

function readOpened(fd: number, room: EventRoom | null): OpenOutcome {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) return { kind: 'folder' };
  if (!stat.isFile()) return { kind: 'not-a-file', what: kindOf(stat) };
  const fingerprint: Fingerprint = {
    inode: stat.ino,
    size: stat.size,
    modifiedMs: stat.mtimeMs,
    changedMs: stat.ctimeMs,
  };
  if (stat.size > MAX_EVENT_BYTES) return { kind: 'too-large', size: stat.size, fingerprint };
  // One byte more than allowed: a file that grows while we read is seen to be too large.
  const wanted = stat.size + 1;
  const buffer = room?.buffer ?? Buffer.allocUnsafe(wanted);
  let length = 0;
  while (length < wanted) {
    const count = readSync(fd, buffer, length, wanted - length, null);
    length += count;
    // A file that gave all of its size, and not the byte more that was asked for, is at its end.
    if (count === 0 || length === stat.size) break;
  }
  return { kind: 'read', bytes: buffer.subarray(0, length), fingerprint };
}

function whatStandsAt(path: string): string {
  try {
    return kindOf(lstatSync(path));
  } catch {
    return 'something that is not a file';
  }
}

function kindOf(stat: { isFIFO(): boolean; isSocket(): boolean }): string {
  if (stat.isFIFO()) return 'a named pipe';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}
