import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createHost } from '../host/create-host';
import type { ProtocolPort } from '../port';
import { FileLockSource } from './file-lock-source';
import { PROJECT_MARK } from './lock-paths';
import { isProjectAt, LockScope } from './lock-scope';

/**
 * Advisory locks that the kernel lists (protocol 2, *File locks*): those of files in a project of the task tools, which
 * is a folder with `.todo2` in it, and in any folder that is opened itself while something in it is locked.
 */
export const fileLockProtocol: ProtocolPort = {
  protocol: 'file-lock',
  mayHoldOthers: true,
  recognise: (folder) => Promise.resolve(projectAt(folder)),
  recogniseOpened: (folder) => Promise.resolve(lockedAt(folder)),
  open: (folder, host) => new FileLockSource(folder, host),
};

/** The project; also when its `.todo2`, or the folder of task locks in there, was named. */
function projectAt(path: string): string | null {
  const real = realOf(path);
  if (real === null) return null;
  const candidates = [real];
  if (basename(real) === PROJECT_MARK) candidates.push(dirname(real));
  if (basename(real) === 'locks' && basename(dirname(real)) === PROJECT_MARK) candidates.push(dirname(dirname(real)));
  return candidates.find(isProjectAt) ?? null;
}

/** The folder, when the kernel lists a lock in it right now that would be shown there. */
function lockedAt(path: string): string | null {
  const folder = realOf(path);
  if (folder === null) return null;
  const scope = new LockScope(folder);
  const locks = createHost().kernelLocks?.follow(scope.roots);
  if (locks === undefined) return null;
  const { own } = scope.part(locks.look().locks);
  locks.close();
  return own.length > 0 ? folder : null;
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
