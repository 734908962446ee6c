import { describeError } from '../../host/errors';
import { fileExchange } from '../../host/exchange';
import type { Host } from '../../host/host';
import { assertNever } from '../../model';
import { underWriteLock } from '../locks/under-lock';
import { Turns } from '../reading/turns';
import { type PreparedEvent, prepareEvent, syncPublished } from './append';

/** What is found out under the lock, on the ledger as it is at that moment. */
export type WriteDecision =
  /** The first event becomes number `sequence`, the others follow it. `files` are their names, one for each. */
  | { readonly kind: 'write'; readonly sequence: number; readonly files: readonly string[] }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export interface WrittenEvent {
  readonly sequence: number;
  readonly file: string;
  readonly content: string;
}

type NotWritten =
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  /** `written`: those that are part of the ledger all the same; absent where none is. */
  | { readonly kind: 'failed'; readonly error: string; readonly written?: readonly WrittenEvent[] };

export type WriteOutcome =
  | {
      readonly kind: 'written';
      readonly sequence: number;
      readonly file: string;
      readonly content: string;
      /** What went wrong around a write that is done. */
      readonly warnings: readonly string[];
    }
  | NotWritten;

export type WriteManyOutcome =
  | { readonly kind: 'written'; readonly events: readonly WrittenEvent[]; readonly warnings: readonly string[] }
  | NotWritten;

export interface WriteOptions {
  readonly host: Host;
  /** Ends what comes before the lock is held; once it is, the write is carried through. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Writes one event as `writeEvents` does. Never rejects. */
export async function writeEvent(
  ledgerFolder: string,
  content: string,
  decide: () => WriteDecision,
  options: WriteOptions,
): Promise<WriteOutcome> {
  const outcome = await writeEvents(ledgerFolder, [content], decide, options);
  if (outcome.kind !== 'written') return outcome;
  const [event] = outcome.events;
  if (event === undefined) return { kind: 'failed', error: 'Nothing was written.' };
  return { kind: 'written', ...event, warnings: outcome.warnings };
}

/**
 * Writes events one after the other under one hold of the ledger's write lock.
 *
 * Their bytes are on disk before the lock is taken. `decide` runs under it: it catches up with what is new and says
 * whether the write still holds good, and as which numbers; it must not wait for anything. Events are published
 * without ever replacing a file, so even a writer that ignores the lock loses nothing. A crash in between leaves the
 * first ones written: each of them must be good without those that follow. Never rejects.
 */
export async function writeEvents(
  ledgerFolder: string,
  contents: readonly string[],
  decide: () => WriteDecision,
  options: WriteOptions,
): Promise<WriteManyOutcome> {
  const prepared: PreparedEvent[] = [];
  const { signal = new AbortController().signal } = options;
  const loaded = await fileExchange();
  const turns = new Turns(signal);
  try {
    for (const content of contents) {
      if (signal.aborted) return GIVEN_UP;
      prepared.push(prepareEvent(ledgerFolder, content, options.host, loaded.kind === 'can' ? loaded.files : null));
      // Very many of them are brought to disk one by one: others have their turn in between.
      if (contents.length > 1) await turns.next();
    }
    const ran = await underWriteLock(ledgerFolder, options, () =>
      decideAndPublish(ledgerFolder, prepared, contents, decide),
    );
    if (ran.kind !== 'ran') return ran;
    const { value, warning } = ran;
    return warning === null ? value : withWarning(value, warning);
  } catch (error) {
    if (signal.aborted) return GIVEN_UP;
    return {
      kind: 'failed',
      error: `Nothing was written: the ledger folder cannot be written to, ${describeError(error)}.`,
    };
  } finally {
    for (const event of prepared) event.discard();
  }
}

const GIVEN_UP: NotWritten = { kind: 'refused', reasons: ['It was given up before its turn. Nothing was written.'] };

function withWarning(outcome: WriteManyOutcome, warning: string): WriteManyOutcome {
  switch (outcome.kind) {
    case 'written':
      return { ...outcome, warnings: [...outcome.warnings, warning] };
    case 'conflict':
      return { ...outcome, message: `${outcome.message} ${warning}` };
    case 'refused':
      return { ...outcome, reasons: [...outcome.reasons, warning] };
    case 'failed':
      return { ...outcome, error: `${outcome.error} ${warning}` };
    default:
      return assertNever(outcome);
  }
}

function decideAndPublish(
  ledgerFolder: string,
  prepared: readonly PreparedEvent[],
  contents: readonly string[],
  decide: () => WriteDecision,
): WriteManyOutcome {
  const decision = decide();
  if (decision.kind !== 'write') return decision;
  const events: WrittenEvent[] = [];
  for (const [at, event] of prepared.entries()) {
    const file = decision.files[at] ?? '';
    const published = event.publish(file);
    switch (published.kind) {
      case 'published':
        events.push({ sequence: decision.sequence + at, file, content: contents[at] ?? '' });
        continue;
      case 'taken': {
        const why = `Somebody wrote ${file} without the lock.`;
        return events.length === 0
          ? { kind: 'conflict', message: `${why} Nothing was written.` }
          : halfWritten(ledgerFolder, why, events, contents.length);
      }
      case 'broken':
        return events.length === 0
          ? { kind: 'failed', error: `Nothing was written: ${published.error}.` }
          : halfWritten(
              ledgerFolder,
              `The next one could not be written: ${published.error}.`,
              events,
              contents.length,
            );
      default:
        assertNever(published);
    }
  }
  return { kind: 'written', events, warnings: warningsOf(syncPublished(ledgerFolder)) };
}

function warningsOf(notSynced: string | null): readonly string[] {
  return notSynced === null ? [] : [`Careful: what was written is not proven to be on disk: ${notSynced}.`];
}

/** The first ones stand, and each of them is good by itself. */
function halfWritten(
  ledgerFolder: string,
  why: string,
  events: readonly WrittenEvent[],
  wanted: number,
): WriteManyOutcome {
  const warnings = warningsOf(syncPublished(ledgerFolder));
  return { kind: 'failed', error: [why, soFar(events, wanted), ...warnings].join(' '), written: events };
}

function soFar(events: readonly WrittenEvent[], wanted: number): string {
  return `Only ${events.length.toString()} of ${wanted.toString()} were written, up to ${events.at(-1)?.file ?? ''}.`;
}
