import { describeError } from '../host/errors';
import type { Host } from '../host/host';
import { assertNever } from '../model';
import { type PreparedEvent, prepareEvent } from './append';
import { acquireWriteLock, type ReleaseOutcome, type WriteLock } from './write-lock';

/** What is found out under the lock, on the ledger as it is at that moment. */
export type WriteDecision =
  | { readonly kind: 'write'; readonly sequence: number; readonly file: string }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export type WriteOutcome =
  | {
      readonly kind: 'written';
      readonly sequence: number;
      readonly file: string;
      readonly content: string;
      /** What went wrong around a write that is done. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string };

export interface WriteOptions {
  readonly host: Host;
  /** Ends a wait for the lock; once the lock is held, the write is carried through. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * Writes one event under one hold of the ledger's write lock.
 *
 * The bytes are on disk before the lock is taken. `decide` runs under it: it catches up with what is new and says
 * whether the write still holds good, and as which number; it must not wait for anything. The event is published
 * without ever replacing a file, so even a writer that ignores the lock loses nothing. Never rejects.
 */
export async function writeEvent(
  ledgerFolder: string,
  content: string,
  decide: () => WriteDecision,
  options: WriteOptions,
): Promise<WriteOutcome> {
  let prepared: PreparedEvent;
  try {
    prepared = prepareEvent(ledgerFolder, content, options.host);
  } catch (error) {
    return {
      kind: 'failed',
      error: `Nothing was written: the ledger folder cannot be written to, ${describeError(error)}.`,
    };
  }
  try {
    const acquired = await acquireWriteLock(ledgerFolder, options);
    switch (acquired.kind) {
      case 'acquired':
        return publishAndRelease(acquired.lock, prepared, content, decide);
      case 'busy':
        return {
          kind: 'refused',
          reasons: [
            `Somebody has held ledger.lock for the ${Math.round(acquired.waitedMs / 1000).toString()} s that we waited, and it blocks every writer. Look who holds it, and try again. Nothing was written.`,
          ],
        };
      case 'aborted':
        return { kind: 'refused', reasons: ['It was cancelled while it waited for ledger.lock. Nothing was written.'] };
      case 'broken':
        return { kind: 'failed', error: `Nothing was written: ${acquired.error}.` };
    }
  } finally {
    prepared.discard();
  }
}

function publishAndRelease(
  lock: WriteLock,
  prepared: PreparedEvent,
  content: string,
  decide: () => WriteDecision,
): WriteOutcome {
  let outcome: WriteOutcome;
  try {
    outcome = decideAndPublish(prepared, content, decide);
  } catch (error) {
    lock.release();
    return { kind: 'failed', error: `Nothing was written: ${describeError(error)}.` };
  }
  const warning = releaseWarning(lock.release());
  if (outcome.kind !== 'written' || warning === null) return outcome;
  return { ...outcome, warnings: [...outcome.warnings, warning] };
}

function releaseWarning(outcome: ReleaseOutcome): string | null {
  switch (outcome) {
    case 'released':
      return null;
    case 'not-ours':
      return 'Somebody took our ledger.lock away while we held it: another tool removes live locks here.';
    case 'stuck':
      return 'Our ledger.lock could not be removed: nobody can write here until it is deleted by hand.';
    default:
      return assertNever(outcome);
  }
}

function decideAndPublish(prepared: PreparedEvent, content: string, decide: () => WriteDecision): WriteOutcome {
  const decision = decide();
  if (decision.kind !== 'write') return decision;
  const { file, sequence } = decision;
  const published = prepared.publish(file);
  switch (published.kind) {
    case 'published':
      return { kind: 'written', sequence, file, content, warnings: [] };
    case 'taken':
      return { kind: 'conflict', message: `Somebody wrote ${file} without the lock. Nothing was written.` };
    case 'broken':
      return published.written
        ? { kind: 'written', sequence, file, content, warnings: [`Careful: ${published.error}.`] }
        : { kind: 'failed', error: `Nothing was written: ${published.error}.` };
  }
}
