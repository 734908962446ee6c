import { type BigIntStats, statSync } from 'node:fs';
import { errorCode } from '../../host/errors';
import type { FilesSeen } from './messages';
import { WAL_HEADER_BYTES } from './write-ahead-log';

/**
 * So long after a file was written, in ms, another write must show in its time: the system's clock for files moves in
 * steps, of at most 10 ms.
 */
const TIME_STEP_MS = 20;
/** A time so far ahead of ours, in ms, is that of another machine's clock. */
const AHEAD_MS = 1_000;

/** The files of a database at one moment. None of them is opened. */
export interface FilesLook {
  readonly seen: FilesSeen;
  /** Null: nothing is there. */
  readonly database: BigIntStats | null;
  /** Null also for a log without a whole header. */
  readonly wal: BigIntStats | null;
  /** Null also for an empty one. */
  readonly journal: BigIntStats | null;
  readonly hasShm: boolean;
  /** Whether any write after this look must show in the next one. */
  readonly isSettled: boolean;
}

/** Looks at the database at `path` (links resolved) and what lies beside it. Throws where this user may not look. */
export function lookAtFiles(path: string): FilesLook {
  const database = statOf(path);
  const wal = statOf(`${path}-wal`);
  const journal = statOf(`${path}-journal`);
  return {
    seen: { database: identityOf(database), wal: identityOf(wal), journal: identityOf(journal) },
    database,
    wal: wal !== null && wal.size >= BigInt(WAL_HEADER_BYTES) ? wal : null,
    journal: journal !== null && journal.size > 0n ? journal : null,
    hasShm: statOf(`${path}-shm`) !== null,
    isSettled: [database, wal, journal].every((stat) => stat === null || isSettled(stat)),
  };
}

export function isSameFiles(a: FilesSeen, b: FilesSeen): boolean {
  return a.database === b.database && a.wal === b.wal && a.journal === b.journal;
}

/** Null where nothing is there. Throws for any other trouble. */
function statOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function identityOf(stat: BigIntStats | null): string | null {
  return stat === null ? null : [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(':');
}

function isSettled({ mtimeMs }: BigIntStats): boolean {
  const ageMs = Date.now() - Number(mtimeMs);
  return ageMs > TIME_STEP_MS || ageMs < -AHEAD_MS;
}
