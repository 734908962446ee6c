import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { errorCode } from '../host/errors';

/** How a rollback journal ends that names another one (https://sqlite.org/fileformat2.html, section 3). */
const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/** What is said of such a journal, in words that follow a colon. */
export const NAMES_ANOTHER_FILE =
  'the rollback journal beside it names another file, which SQLite would remove when it opens the database';

/**
 * Whether a rollback journal ends as one of a transaction over several databases does. Such a journal names the
 * super-journal of that transaction, and SQLite removes the file of that name after it has played the journal back:
 * whatever file that is. exarp makes none, but whoever made the project may have. So neither the database nor a copy of
 * it may be opened for writing beside such a journal.
 */
export function endsInSuperJournal(journal: Buffer): boolean {
  return journal.length >= MAGIC.length && journal.subarray(-MAGIC.length).equals(MAGIC);
}

/**
 * Throws where the journal beside the database at `path` is no file, or names another one (`endsInSuperJournal`): before
 * every opening of a database for writing. Opens the journal alone, which SQLite never locks.
 */
export function refuseSuperJournal(path: string): void {
  let file: number;
  try {
    // SQLite too follows links to the database, and none to its journal.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    file = openSync(`${realpathSync(path)}-journal`, flags);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('what stands beside it as its rollback journal is not a file');
    const end = Buffer.alloc(MAGIC.length);
    const bytes = readSync(file, end, 0, end.length, Math.max(0, stat.size - end.length));
    if (endsInSuperJournal(end.subarray(0, bytes))) throw new Error(NAMES_ANOTHER_FILE);
  } finally {
    closeSync(file);
  }
}
