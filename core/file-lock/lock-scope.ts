import { realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { HeldLock, LockRoot } from '../host/kernel-locks';
import { PROJECT_MARK } from './lock-paths';

/**
 * Which locks a source shows, and under which names: those of files in its folder, and those of the folders of the task
 * tools in it where these are links that lead out of it.
 */
export class LockScope {
  readonly roots: readonly (LockRoot & { readonly as: string })[];

  /** `folder`: absolute, links resolved. */
  constructor(readonly folder: string) {
    const roots = [{ path: folder, as: '' }];
    for (const as of [PROJECT_MARK, `${PROJECT_MARK}/locks`]) {
      const path = realOf(join(folder, as));
      if (path !== null && !roots.some((root) => isInside(path, root.path))) roots.push({ path, as });
    }
    this.roots = roots;
  }

  /** The name of a locked file, relative to the source. */
  nameOf(path: string): string {
    for (const root of this.roots) {
      if (path === root.path) return root.as;
      if (isInside(path, root.path)) return join(root.as, path.slice(withSeparator(root.path).length));
    }
    return path;
  }

  /** Parts locks of this source from those in projects that lie inside of it: those belong to these. */
  part(locks: readonly HeldLock[]): { readonly own: readonly HeldLock[]; readonly inner: readonly HeldLock[] } {
    const own: HeldLock[] = [];
    const inner: HeldLock[] = [];
    const known = new Map<string, boolean>();
    for (const lock of locks) (this.#isInner(lock.path, known) ? inner : own).push(lock);
    return { own, inner };
  }

  #isInner(path: string, known: Map<string, boolean>): boolean {
    if (!isInside(path, this.folder)) return false;
    for (let at = dirname(path); at.length > this.folder.length; at = dirname(at)) {
      let isProject = known.get(at);
      if (isProject === undefined) {
        isProject = isProjectAt(at);
        known.set(at, isProject);
      }
      if (isProject) return true;
    }
    return false;
  }
}

/** Whether the task tools have their folder in this one. */
export function isProjectAt(folder: string): boolean {
  try {
    return statSync(join(folder, PROJECT_MARK)).isDirectory();
  } catch {
    return false;
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(withSeparator(folder));
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
