import type { LeasesRead, ReadAnswer } from '../database/messages';
import { NoAnswer } from '../database-processes';

/** What a look at the database came to: read, or why not, in words that go on after "its database". */
export type Looked =
  | LeasesRead
  | {
      readonly kind: 'not-read';
      /** `away`: we may not look, or it does not answer. `broken`: its own tools cannot read it either. `unclear`: nobody knows. `later`: it goes by itself. */
      readonly how: 'away' | 'broken' | 'unclear' | 'later';
      readonly reason: string;
    };

/** What an answer of the database process means for its source. */
export function lookedAt(answer: ReadAnswer): Looked {
  if (answer.kind === 'read') return answer;
  const said = answer.message;
  switch (answer.why) {
    case 'missing':
    case 'not-permitted':
      return { kind: 'not-read', how: 'away', reason: `its database cannot be opened: ${said}` };
    case 'not-a-file':
    case 'not-a-database':
      return { kind: 'not-read', how: 'broken', reason: `its database cannot be read: ${said}` };
    case 'corrupt':
      return { kind: 'not-read', how: 'broken', reason: `its database is damaged: ${said}` };
    case 'no-tasks':
      return {
        kind: 'not-read',
        how: 'unclear',
        reason: `Its database is not one of exarp, or exarp has not set it up yet: ${said}.`,
      };
    case 'changing':
    case 'locked':
      return { kind: 'not-read', how: 'later', reason: `its database could not be read right now: ${said}` };
    case 'too-large':
      return { kind: 'not-read', how: 'later', reason: `its database cannot be read while it is at work: ${said}` };
    case 'failed':
      return { kind: 'not-read', how: 'away', reason: `its database cannot be read: ${said}` };
  }
}

/** What it means that no answer came. */
export function unanswered(error: unknown): Looked {
  if (!(error instanceof NoAnswer)) throw error;
  switch (error.why) {
    case 'hangs':
      return { kind: 'not-read', how: 'away', reason: `its database cannot be read: ${error.message}` };
    case 'not-started':
      return { kind: 'not-read', how: 'unclear', reason: `Its database cannot be read here: ${error.message}.` };
    case 'ended':
      return {
        kind: 'not-read',
        how: 'unclear',
        reason: `SQLite itself broke on its database: ${error.message}. The file may be damaged, or made to do this.`,
      };
  }
}
