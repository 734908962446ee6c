import { join } from 'node:path';

/** The folder that makes a folder a project of the task tools. */
export const PROJECT_MARK = '.todo2';
/** The longest name that file systems bear, in bytes. */
const NAME_BYTES = 255;

/** Where a lock file is, and which folders must be there for it, outermost first. All absolute. */
export interface LockPlace {
  readonly path: string;
  readonly folders: readonly string[];
}

/**
 * The file that stands for one task. A string where `id` names no file in the folder of task locks: then it says why, in
 * a sentence.
 */
export function taskLockPlace(projectRoot: string, id: string): LockPlace | string {
  const name = `task_${id}.lock`;
  if (id === '') return 'A task lock needs the id of a task.';
  if (/[/\\\0]/.test(id))
    return 'A task id with a slash or a NUL in it would name a file outside of the folder of locks.';
  if (Buffer.byteLength(name) > NAME_BYTES) return 'This task id is too long for the name of a file.';
  const mark = join(projectRoot, PROJECT_MARK);
  const folder = join(mark, 'locks');
  return { path: join(folder, name), folders: [mark, folder] };
}

/** The file that stands for the task state as a whole. */
export function stateLockPlace(projectRoot: string): LockPlace {
  const mark = join(projectRoot, PROJECT_MARK);
  return { path: join(mark, 'state.todo2.json.lock'), folders: [mark] };
}

/** The file that stands for everything that git writes in the project. */
export function gitSyncLockPlace(projectRoot: string): LockPlace {
  const mark = join(projectRoot, PROJECT_MARK);
  return { path: join(mark, '.git-sync.lock'), folders: [mark] };
}
