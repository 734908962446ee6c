import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describeError, errorCode } from '../host/errors';
import { MAX_EVENT_BYTES } from './event-bytes';

/** Enough of a file's identity to see that it is still the same: not proof, but cheap. */
export interface Fingerprint {
  readonly inode: number;
  readonly size: number;
  /** Unix ms, with its fraction. */
  readonly modifiedMs: number;
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
 * that leads out of the proof is not followed, and no more than the allowed size is ever read.
 */
export function readEventFile(ledgerFolder: string, proofFolder: string, name: string): EventBytes {
  const path = join(ledgerFolder, name);
  const first = openAndRead(path);
  return first.kind === 'unreadable' && first.code === 'ELOOP'
    ? readThroughLink(path, proofFolder)
    : withoutCode(first);
}

type OpenOutcome =
  | Exclude<EventBytes, { kind: 'unreadable' }>
  | { kind: 'unreadable'; error: string; code: string | null };

function withoutCode(outcome: OpenOutcome): EventBytes {
  return outcome.kind === 'unreadable' ? { kind: 'unreadable', error: outcome.error } : outcome;
}

function readThroughLink(path: string, proofFolder: string): EventBytes {
  let target: string;
  try {
    target = realpathSync(path);
  } catch (error) {
    return errorCode(error) === 'ENOENT'
      ? { kind: 'not-a-file', what: 'a link that leads nowhere' }
      : { kind: 'unreadable', error: describeError(error) };
  }
  if (!target.startsWith(proofFolder + sep)) return { kind: 'link-out', target };
  const read = withoutCode(openAndRead(target));
  // A link is taken for an event, wherever it leads.
  return read.kind === 'folder' ? { kind: 'not-a-file', what: 'a link to a folder' } : read;
}

function openAndRead(path: string): OpenOutcome {
  let fd: number;
  try {
    // Not blocking: opening a FIFO that nobody writes to would hang for ever.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return { kind: 'missing' };
    // A socket cannot be opened at all.
    if (code === 'ENXIO') return { kind: 'not-a-file', what: whatStandsAt(path) };
    return { kind: 'unreadable', error: describeError(error), code };
  }
  try {
    return readOpened(fd);
  } catch (error) {
    return { kind: 'unreadable', error: describeError(error), code: errorCode(error) };
  } finally {
    closeSync(fd);
  }
}

function readOpened(fd: number): OpenOutcome {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) return { kind: 'folder' };
  if (!stat.isFile()) return { kind: 'not-a-file', what: kindOf(stat) };
  const fingerprint: Fingerprint = { inode: stat.ino, size: stat.size, modifiedMs: stat.mtimeMs };
  if (stat.size > MAX_EVENT_BYTES) return { kind: 'too-large', size: stat.size, fingerprint };
  // One byte more than allowed: a file that grows while we read is seen to be too large.
  const buffer = Buffer.allocUnsafe(Math.min(stat.size, MAX_EVENT_BYTES) + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
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
