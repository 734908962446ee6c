import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProtocolPort } from '../port';
import { BANDS } from './source/task-claim';
import { DATABASE, TaskLeaseSource } from './source/task-lease-source';

/** exarp's task leases (protocol 2): a project is a folder with `.todo2/todo2.db` in it. */
export const taskLeaseProtocol: ProtocolPort = {
  protocol: 'task-lease',
  bands: BANDS,
  // A project is mostly the root of a checkout, with anything below it.
  mayHoldOthers: true,
  recognise: (folder) => Promise.resolve(projectAt(folder)),
  open: (folder, host) => new TaskLeaseSource(folder, host),
};

/** The project; also when its `.todo2`, or the database itself, was named. */
function projectAt(path: string): string | null {
  try {
    const real = realpathSync(path);
    const candidates = [real, ...(basename(real) === '.todo2' ? [dirname(real)] : [])];
    if (basename(real) === 'todo2.db' && basename(dirname(real)) === '.todo2') candidates.push(dirname(dirname(real)));
    return candidates.find(isProject) ?? null;
  } catch {
    return null;
  }
}

function isProject(folder: string): boolean {
  try {
    // Whatever stands there is worth being named: why it cannot be read is said by the source.
    return statSync(join(folder, DATABASE), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
