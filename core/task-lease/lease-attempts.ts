import { setTimeout as wait } from 'node:timers/promises';
import { describeDatabaseError } from './attached-database';
import type { NotDone } from './lease-results';

/** How long the attempts after the first wait, in ms. */
const WAITS_MS = [100, 200] as const;

/** SQLite's primary result codes of a database, or a table in it, that somebody else is writing to. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** Its words for the two: the library passes on no code where a statement gives rows. */
const BUSY_WORDS = /^database (?:(?:table|schema) )?is locked\b/;

/** Whether an error says that another connection is writing, and nothing else is wrong. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!('errcode' in error) || typeof error.errcode !== 'number') return BUSY_WORDS.test(error.message);
  // Extended codes have more above the lowest byte.
  const code = error.errcode & 0xff;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Somebody else was first every time, though nobody held the database. */
export class LostRace extends Error {}

/**
 * Does `step` at most three times, with waits of 100 and 200 ms, for as long as others keep the database busy; any
 * other error ends it at once. Rejects only when `signal` aborts, with its reason.
 */
export async function attempt<T>(step: () => T, signal: AbortSignal | undefined): Promise<T | NotDone> {
  for (let made = 0; ; made += 1) {
    signal?.throwIfAborted();
    try {
      return step();
    } catch (error) {
      if (!isBusy(error) && !(error instanceof LostRace)) return { kind: 'failed', message: sentence(error) };
      const waitMs = WAITS_MS[made];
      if (waitMs === undefined) return { kind: 'busy', attempts: made + 1 };
      await pause(waitMs, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

function sentence(error: unknown): string {
  return `The database cannot be used: ${describeDatabaseError(error)}.`;
}
