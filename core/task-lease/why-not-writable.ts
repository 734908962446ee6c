import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeError, errorCode } from '../host/errors';
import { refuseSuperJournal } from './super-journal';

/** Why nothing may be written at this path, in a sentence; null when it may. Opens nothing but the journal. */
export function whyNotWritable(path: string): string | null {
  try {
    const database = lstatSync(path);
    if (database.isSymbolicLink()) return 'The database is a link to another place, so nothing is written through it.';
    if (!database.isFile()) return 'The database is not a file.';
    for (const suffix of ['-wal', '-shm', '-journal']) {
      const beside = lstatSync(path + suffix, { throwIfNoEntry: false });
      if (beside !== undefined && !beside.isFile()) {
        return `What stands beside the database as "${suffix}" is not a file, so nothing is written.`;
      }
    }
    refuseSuperJournal(path);
    const user = process.getuid?.() ?? null;
    if (user !== null && user !== 0 && database.uid !== user) {
      return 'The database belongs to another user. What SQLite makes beside it would belong to this one and could lock its owner out, so nothing is written.';
    }
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'The database is not there any more.';
    return `The database is not written: ${describeError(error)}.`;
  }
}
