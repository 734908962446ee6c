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

/** A row whose values mean one thing to SQLite and another to us; in a sentence. */
export class NotUnderstood extends Error {}

/** Somebody else was first every time, though nobody held the database. */
export class LostRace extends Error {}

/**
 * Does `step` at most three times, with waits of 100 and 200 ms, for as long as others keep the database busy; any
 * other error ends it at once. What the first attempt comes to is given at once, and not as a promise. Throws, or
 * rejects, only when `signal` is aborted, with its reason.
 */
export function attempt<T>(step: () => T, signal: AbortSignal | undefined): T | NotDone | Promise<T | NotDone> {
  const first = once(step, signal);
  return first === BUSY ? attemptAgain(step, signal) : first;
}

async function attemptAgain<T>(step: () => T, signal: AbortSignal | undefined): Promise<T | NotDone> {
  for (const waitMs of WAITS_MS) {
    await pause(waitMs, signal);
    const result = once(step, signal);
    if (result !== BUSY) return result;
  }
  return { kind: 'busy', attempts: WAITS_MS.length + 1 };
}

const BUSY = Symbol('busy');

function once<T>(step: () => T, signal: AbortSignal | undefined): T | NotDone | typeof BUSY {
  signal?.throwIfAborted();
  try {
    return step();
  } catch (error) {
    if (isBusy(error) || error instanceof LostRace) return BUSY;
    return { kind: 'failed', message: error instanceof NotUnderstood ? error.message : sentence(error) };
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
