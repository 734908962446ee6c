import type { Cell, LeaseRow, LeasesRead, ReadAnswer } from '../database/messages';
import { NoAnswer } from '../database-processes';
import { claimIdOf } from './task-claim';

/** A database that was read: each row is another claim. */
export interface LookedWhole extends LeasesRead {
  /** The ids of rows that are left out, because another one is the same claim. */
  readonly twice: readonly Cell[];
}

/** What a look at the database came to: read, or why not, in words that go on after "its database". */
export type Looked =
  | LookedWhole
  | {
      readonly kind: 'not-read';
      /** `away`: we may not look, or it does not answer. `broken`: its own tools cannot read it either. `unclear`: nobody knows. `later`: it goes by itself. */
      readonly how: 'away' | 'broken' | 'unclear' | 'later';
      readonly reason: string;
      /** Time of the processor that the attempt took, in ms. */
      readonly cpuMs: number;
    };

/** What an answer of the database process means for its source. */
export function lookedAt(answer: ReadAnswer): Looked {
  if (answer.kind === 'read') return { ...answer, ...eachOnce(answer.rows) };
  const { message: said, cpuMs } = answer;
  switch (answer.why) {
    case 'missing':
    case 'not-permitted':
      return { kind: 'not-read', how: 'away', reason: `its database cannot be opened: ${said}`, cpuMs };
    case 'not-a-file':
    case 'not-a-database':
      return { kind: 'not-read', how: 'broken', reason: `its database cannot be read: ${said}`, cpuMs };
    case 'corrupt':
      return { kind: 'not-read', how: 'broken', reason: `its database is damaged: ${said}`, cpuMs };
    case 'no-tasks':
      return {
        kind: 'not-read',
        how: 'unclear',
        reason: `Its database is not one of exarp, or exarp has not set it up yet: ${said}.`,
        cpuMs,
      };
    case 'locked':
      return { kind: 'not-read', how: 'away', reason: `its database could not be read right now: ${said}`, cpuMs };
    case 'changing':
      return { kind: 'not-read', how: 'later', reason: `its database could not be read right now: ${said}`, cpuMs };
    case 'too-large':
      return {
        kind: 'not-read',
        how: 'away',
        reason: `its database cannot be read: ${said}`,
        cpuMs,
      };
    case 'names-another-file':
      return { kind: 'not-read', how: 'unclear', reason: `Its database is not read: ${said}.`, cpuMs };
    case 'failed':
      return { kind: 'not-read', how: 'away', reason: `its database cannot be read: ${said}`, cpuMs };
  }
}

/** What it means that no answer came. */
export function unanswered(error: unknown): Looked {
  if (!(error instanceof NoAnswer)) throw error;
  switch (error.why) {
    case 'hangs':
      return { kind: 'not-read', how: 'away', reason: `its database cannot be read: ${error.message}`, cpuMs: 0 };
    case 'not-started':
      return {
        kind: 'not-read',
        how: 'away',
        reason: `its database cannot be read right now: ${error.message}`,
        cpuMs: 0,
      };
    case 'ended':
      return {
        kind: 'not-read',
        how: 'away',
        reason: `SQLite itself broke on its database, which may be damaged or made to do this: ${error.message}`,
        cpuMs: 0,
      };
  }
}

/** One row of each claim; rather one that is whole. */
function eachOnce(rows: readonly LeaseRow[]): Pick<LookedWhole, 'rows' | 'twice'> {
  const byClaim = new Map<string, LeaseRow>();
  const twice: Cell[] = [];
  for (const row of rows) {
    const id = claimIdOf(row);
    const other = byClaim.get(id);
    if (other !== undefined) twice.push(row.id);
    if (other === undefined || (other.isCut && !row.isCut)) byClaim.set(id, row);
  }
  return twice.length === 0 ? { rows, twice } : { rows: [...byClaim.values()], twice };
}
