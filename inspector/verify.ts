import { assertNever, type Claim, quoteHostile, type VerifyOutcome } from '../core/model';
import type { Reading } from '../core/port';
import type { SourceState } from './source-state';

/** How one look at a source ended. */
export type LookOutcome =
  | { readonly kind: 'read'; readonly reading: Reading }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'closed' };

/** So many differences are named; of more, how many there are. */
const NAMED_AT_MOST = 20;

/**
 * Looks at a source once more as ever, then at everything in it anew, and compares the two pictures. `look` publishes
 * what it finds, so the fresh picture is shown afterwards. Rejects only as `look` does.
 *
 * A source that can tell what it finds otherwise as of the same event is believed; of others, claims are compared by
 * their `seen`, and what changes in that moment counts as a difference.
 */
export async function verifySource(
  state: SourceState,
  look: (fresh: boolean) => Promise<LookOutcome>,
): Promise<VerifyOutcome> {
  const first = await look(false);
  // What this look found already is no less a difference.
  const known = first.kind === 'read' ? (first.reading.differences ?? []) : [];
  const shown = claimsOf(state);
  const startedMs = performance.now();
  const outcome = await look(true);
  const tookMs = performance.now() - startedMs;
  switch (outcome.kind) {
    case 'closed':
      return { kind: 'failed', error: 'The source was closed before it was read again.' };
    case 'failed':
      return { kind: 'failed', error: `The source could not be read again: ${outcome.error}` };
    case 'read':
      break;
    default:
      return assertNever(outcome);
  }
  const { head, status, differences: found = differencesOf(shown, claimsOf(state)) } = outcome.reading;
  const differences = [...known, ...found];
  if (status.kind === 'out-of-reach') {
    return { kind: 'failed', error: `The source could not be read again: ${status.reason}` };
  }
  const picture = { head, claims: claimsOf(state).size, tookMs };
  return differences.length === 0
    ? { kind: 'same', ...picture }
    : { kind: 'differed', differences: shortened(differences), ...picture };
}

function claimsOf(state: SourceState): ReadonlyMap<string, Claim> {
  return new Map([...state.entries].map(({ claim }) => [claim.id, claim]));
}

function differencesOf(shown: ReadonlyMap<string, Claim>, fresh: ReadonlyMap<string, Claim>): readonly string[] {
  const differences: string[] = [];
  for (const [id, { resource, seen }] of fresh) {
    const before = shown.get(id);
    const name = quoteHostile(resource);
    if (before === undefined) differences.push(`There is a claim on ${name} that was not shown.`);
    else if (before.seen !== seen) differences.push(`The claim on ${name} is not the one that was shown.`);
  }
  for (const [id, { resource }] of shown) {
    if (!fresh.has(id)) differences.push(`The claim on ${quoteHostile(resource)} that was shown is not there.`);
  }
  return differences;
}

function shortened(differences: readonly string[]): readonly string[] {
  const more = differences.length - NAMED_AT_MOST;
  return more <= 0
    ? differences
    : [...differences.slice(0, NAMED_AT_MOST), `And ${more.toString()} more that are not named here.`];
}
