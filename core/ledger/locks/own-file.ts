import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, type Stats, writeFileSync } from 'node:fs';
import { errorCode } from '../../host/errors';
import { type FileSteps, nodeSteps, type Place, placeOf } from '../../host/file-steps';
import { removeQuietly } from '../../host/names';

// Files of ours at places that others use too: made without replacing anything, and removed only while they are ours.

/**
 * `not-ours`: somebody took it away; theirs, if there is one, was left alone.
 * `stuck`: it is still there, because the folder does not let us remove it.
 */
export type ReleaseOutcome = 'released' | 'not-ours' | 'stuck';

/** Creates a file that must not exist, with its bytes on disk. Throws the system's error, and leaves nothing then. */
export function writeNew(path: string, content: string, mode = 0o600): Stats {
  const fd = openSync(path, 'wx', mode);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
    return fstatSync(fd);
  } catch (error) {
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Ends a lock of ours: removes the file, if it is still the one that we made, byte for byte. Never throws. */
export function removeIfOurs(path: string, inode: number, content: string): ReleaseOutcome {
  return isOurs(path, inode, Buffer.from(content)) ? removeNow(placeOf(path)) : 'not-ours';
}

/** Removes what stands there. To be called right after it was found to be ours. Never throws. */
export function removeNow(place: Place, steps: FileSteps = nodeSteps): ReleaseOutcome {
  try {
    steps.unlink(place);
    return 'released';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'not-ours' : 'stuck';
  }
}

/** Whether what stands at `path` is the file that we made, byte for byte. Never throws, never blocks. */
export function isOurs(path: string, inode: number, content: Buffer): boolean {
  let fd: number;
  try {
    // What stands there now may be anything: a named pipe must not make us wait, nor a link lead us away.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    if (fstatSync(fd).ino !== inode) return false;
    const found = Buffer.alloc(content.length + 1);
    return readSync(fd, found, 0, found.length, 0) === content.length && found.subarray(0, -1).equals(content);
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}
