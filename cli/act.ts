import { type ClaimAction, isStale, MOST_CLAIMS_AT_ONCE, quoteHostile } from '../core/model';
import { carryOut, isUnreadable, type Manner, type Step } from './carry-out';
import { CliError, EXIT, type ExitCode } from './exit';
import { claimsOf, type FoundClaim, findClaim } from './find';
import type { Look } from './look';
import type { Output } from './output/streams';

/** One of the three actions, as a command line asks for it. */
export interface ActCommand extends Manner {
  readonly action: ClaimAction;
  /** `all-stale`: each by itself. `together`: those of a source that can be, in one step. */
  readonly resources: readonly string[] | 'all-stale' | 'together';
  /** The name that the operator acts as; only for `release`. */
  readonly actAs: string | null;
}

/** Does what a command line asks for, one step after the other, each on what was seen. */
export async function act(command: ActCommand, output: Output): Promise<ExitCode> {
  if (command.seen !== null && (typeof command.resources === 'string' || command.resources.length !== 1)) {
    throw new CliError('--seen is about one claim: name exactly one resource with it.', EXIT.usage);
  }
  const stale = { isLeft: false };
  const code = await carryOut(
    command,
    (look) => {
      const steps = stepsOf(command, look, output);
      if (steps.length > 0) return steps;
      stale.isLeft = staleIn(look).length > 0;
      output.say(
        stale.isLeft
          ? 'Nothing else is stale here; nothing was written.'
          : 'Nothing is stale here; nothing was written.',
      );
      return steps;
    },
    output,
  );
  // Something is stale, and none of it was ended.
  return stale.isLeft && code === EXIT.done ? EXIT.refused : code;
}

function stepsOf(command: ActCommand, look: Look, output: Output): readonly Step[] {
  const { resources } = command;
  if (resources === 'all-stale') return staleIn(look).map((found) => stepFor(command, look, [found]));
  if (resources === 'together') return batches(look, output).map((found) => stepFor(command, look, found));
  return [...new Set(resources)].map((resource): Step => {
    const found = findClaim(look, resource, command.seen);
    if (found.kind === 'found') return stepFor(command, look, [found.claim]);
    const { message, unreadable } = found;
    return {
      action: command.action,
      resource,
      source: null,
      isUnreadable: () => unreadable,
      plan: () => Promise.resolve({ kind: 'refused', reasons: [message] }),
    };
  });
}

function staleIn(look: Look): readonly FoundClaim[] {
  return claimsOf(look).filter(({ claim }) => isStale(claim.verdict));
}

/** The stale claims of each source that can be ended in one step. The others are named. */
function batches(look: Look, output: Output): readonly (readonly [FoundClaim, ...FoundClaim[]])[] {
  const bySource = new Map<string, FoundClaim[]>();
  for (const found of staleIn(look)) {
    if (found.claim.inBatch !== true) {
      output.say(`${quoteHostile(found.claim.resource, 200)} is not taken along: reap it by itself, by its name.`);
      continue;
    }
    const known = bySource.get(found.source.id);
    if (known === undefined) bySource.set(found.source.id, [found]);
    else known.push(found);
  }
  return [...bySource.values()].flatMap((claims) => {
    const parts: [FoundClaim, ...FoundClaim[]][] = [];
    for (let from = 0; from < claims.length; from += MOST_CLAIMS_AT_ONCE) {
      const [first, ...others] = claims.slice(from, from + MOST_CLAIMS_AT_ONCE);
      if (first !== undefined) parts.push([first, ...others]);
    }
    return parts;
  });
}

function stepFor(command: ActCommand, look: Look, found: readonly [FoundClaim, ...FoundClaim[]]): Step {
  const [{ claim, source }] = found;
  const { action, actAs, seen } = command;
  return {
    action,
    resource: found.length === 1 ? claim.resource : `${found.length.toString()} ${claim.kind}s`,
    source,
    isUnreadable: () => isUnreadable(look, source.id),
    plan: () =>
      look.inspector.plan({
        claims: found.map((each) => ({ key: each.claim.key, seen: seen ?? each.claim.seen })),
        action,
        actAs,
      }),
  };
}
