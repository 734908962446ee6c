import { type ClaimRow, quoteHostile, type SourceRow } from '../core/model';
import { CliError, EXIT } from './exit';
import type { Look } from './look';
import { printablePath } from './output/claims';
import { sentence, statusWords } from './output/status';

/** A claim, and the source that it is in. */
export interface FoundClaim {
  readonly claim: ClaimRow;
  readonly source: SourceRow;
}

export type Found =
  | { readonly kind: 'found'; readonly claim: FoundClaim }
  | { readonly kind: 'not-claimed'; readonly resource: string; readonly message: string; readonly unreadable: boolean };

/** Every claim with its source, in the order of the look. */
export function claimsOf(look: Look): readonly FoundClaim[] {
  const sources = new Map(look.sources.map((source) => [source.id, source]));
  return look.claims.flatMap((claim) => {
    const source = sources.get(claim.sourceId);
    return source === undefined ? [] : [{ claim, source }];
  });
}

/**
 * The one claim on `resource`, given by its bare id. Throws a usage error that lists them when there are several:
 * which one is meant is never guessed. `seen`: the token of the one that was looked at.
 */
export function findClaim(look: Look, resource: string, seen: string | null = null): Found {
  requireSource(look);
  const named = claimsOf(look).filter(({ claim }) => claim.resource === resource);
  const looked = named.filter(({ claim }) => claim.seen === seen);
  const hits = looked.length === 1 ? looked : named;
  const [only] = hits;
  if (hits.length > 1) {
    const list = hits.map(
      ({ claim, source }) =>
        `  ${printablePath(source.path)}  ${quoteHostile(claim.kind, 24)}  ${holderOf(claim)}  ${claim.seen}`,
    );
    throw new CliError(
      [
        `${quoteHostile(resource)} is claimed more than once here. Name the folder of one of them, or say --seen with its token:`,
        ...list,
      ].join('\n'),
      EXIT.usage,
    );
  }
  if (only !== undefined) return { kind: 'found', claim: only };
  const trouble = look.sources.flatMap((source) => statusWords(source) ?? []);
  return {
    kind: 'not-claimed',
    resource,
    message: [noClaimWords(resource, trouble.length > 0), ...trouble].join(' '),
    unreadable: look.sources.some((source) => source.status.kind === 'unreadable'),
  };
}

/** What was not read to its end may hold the claim: then it is not said that nobody does. */
function noClaimWords(resource: string, mayBeHidden: boolean): string {
  const shown = resource === '' ? 'the resource without a name' : quoteHostile(resource);
  return mayBeHidden
    ? `No claim on ${shown} can be seen here, but not everything could be read.`
    : `Nobody holds ${shown} here.`;
}

/** Throws when the path gave nothing to look at. */
export function requireSource(look: Look): void {
  if (look.sources.length > 0) return;
  throw new CliError(look.nothingFound.map(sentence).join(' '), EXIT.refused);
}

function holderOf(claim: ClaimRow): string {
  return claim.holder === null ? 'nobody named' : quoteHostile(claim.holder, 40);
}
