import {
  assertNever,
  type Claim,
  type ClaimAction,
  NO_SAFE_ACTION,
  quoteHostile,
  type SourceStatus,
  type Transition,
  transitionWord,
} from '../core/model';

/** A name from a record as a sentence may carry it. */
export function nameInWords(name: string): string {
  return quoteHostile(name, 120);
}

/** So many differences are named in one notice. */
const DIFFERENCES_NAMED = 3;

/** That a source says otherwise now of what had been read, in sentences that name some of it. */
export function differsInWords(title: string, differences: readonly string[]): string {
  const more = differences.length - DIFFERENCES_NAMED;
  return [
    `What was shown of ${nameInWords(title)} is not so, or not any more: somebody changed what had been read, and it was read again.`,
    ...differences.slice(0, DIFFERENCES_NAMED),
    ...(more > 0 ? [`And ${more.toString()} more.`] : []),
  ].join(' ');
}

/** What a claim is now, to somebody who looked at an earlier state of it. */
export function isNow(claim: Claim): string {
  const resource = nameInWords(claim.resource);
  const holder =
    claim.holder.name === null || claim.holder.name === '' ? 'somebody unnamed' : nameInWords(claim.holder.name);
  const until = claim.lease.kind === 'until' ? ` until ${claim.lease.expiresAt.text}` : '';
  return `${resource} changed since you looked: it is now held by ${holder}${until}. Nothing was written.`;
}

/**
 * Why a claim that somebody looked at is not there any more, as far as its history tells. A source that cannot be read
 * to its end tells of no end.
 */
export function isGone(resource: string | null, status: SourceStatus, last: Transition | undefined): string {
  const said = last === undefined ? '' : ` Last: ${transitionInWords(last)}.`;
  const why =
    status.kind === 'readable'
      ? 'is no longer claimed: the claim ended since you looked.'
      : 'is not shown any more: whether the claim ended is not known, because its source cannot be read to its end.';
  const what = resource === null ? 'What you saw' : nameInWords(resource);
  return `${what} ${why}${said} Nothing was written.`;
}

function transitionInWords(transition: Transition): string {
  const by = transition.holder === null || transition.holder === '' ? '' : ` (${nameInWords(transition.holder)})`;
  const at = transition.at === null ? '' : ` at ${transition.at.text}`;
  return `${transitionWord(transition.kind).toLowerCase()}${by}${at}`;
}

/** Why an action makes no sense for a claim with this verdict. */
export function notPossible(action: ClaimAction, claim: Claim, isStale: boolean): string {
  const resource = nameInWords(claim.resource);
  if (claim.possibleActions.length === 0) return NO_SAFE_ACTION;
  switch (action) {
    case 'reap':
      return isStale
        ? `${resource} cannot be reaped here: its protocol has no way to do it.`
        : `${resource} is not stale, and only a stale claim can be reaped.`;
    case 'release':
      return `${resource} cannot be released here: its protocol has no way to do it.`;
    case 'force-release':
      return isStale
        ? `${resource} is stale: reap it, there is no need to force anything.`
        : `${resource} cannot be force-released here: its protocol has no way to do it.`;
    case 'terminate':
      return `The holder of ${resource} cannot be ended from here.`;
    case 'kill':
      return `The holder of ${resource} is only killed after it was told to end and did not.`;
    default:
      return assertNever(action);
  }
}
