import { describeError } from '../../host/errors';
import { assertNever } from '../../model';
import type { ReleaseOutcome } from './own-file';
import { type AcquireOptions, acquireWriteLock } from './write-lock';

export type UnderLock<T> =
  /** `warning` says what went wrong with the lock itself, in a sentence; else null. */
  | { readonly kind: 'ran'; readonly value: T; readonly warning: string | null }
  /** The lock was not to be had; nothing was run. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  /** The lock cannot be taken here, or `task` threw. */
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Runs `task` under one hold of the ledger's write lock. `task` must not wait for anything: everybody else waits
 * meanwhile. A `task` that can throw must have changed nothing when it does. Never rejects.
 */
export async function underWriteLock<T>(
  ledgerFolder: string,
  options: AcquireOptions,
  task: () => T,
): Promise<UnderLock<T>> {
  const acquired = await acquireWriteLock(ledgerFolder, options);
  switch (acquired.kind) {
    case 'acquired': {
      let value: T;
      try {
        value = task();
      } catch (error) {
        const warning = releaseWarning(acquired.lock.release());
        const after = warning === null ? '' : ` ${warning}`;
        return { kind: 'failed', error: `Nothing was written: ${describeError(error)}.${after}` };
      }
      return { kind: 'ran', value, warning: releaseWarning(acquired.lock.release()) };
    }
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
    default:
      return assertNever(acquired);
  }
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
