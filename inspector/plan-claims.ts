import {
  type ActionRequest,
  actionsFor,
  type Change,
  type ClaimAction,
  isStale,
  type MendRequest,
  type PlanOutcome,
} from '../core/model';
import { claimIdOfKey, sourceIdOfKey } from './ids';
import type { OpenedSource } from './opened-source';
import { isGone, isNow, notPossible } from './words';

/** Claims that were looked at, and what is to be done to them: all or none. */
export interface WantedClaims {
  readonly claims: readonly { readonly key: string; readonly seen: string }[];
  readonly action: ClaimAction;
  readonly actAs: string | null;
}

/** What was asked of a source's port, and what it said; where we know better ourselves, it is not asked. */
export type AskedOutcome =
  | {
      readonly kind: 'asked';
      readonly opened: OpenedSource;
      readonly request: ActionRequest;
      readonly outcome: PlanOutcome;
    }
  | { readonly kind: 'known'; readonly outcome: PlanOutcome };

/** Asks what ending some claims would do. What is not possible by what is known here is said at once. */
export async function askForClaims(
  sources: ReadonlyMap<string, OpenedSource>,
  wanted: WantedClaims,
  publish: (changes: readonly Change[]) => void,
): Promise<AskedOutcome> {
  const ids = new Set(wanted.claims.map(({ key }) => sourceIdOfKey(key)));
  const [id] = ids;
  if (id === undefined) return refused('There is nothing to be ended.');
  if (ids.size > 1) return refused('Claims of different sources are not ended in one step. Take one source at a time.');
  const opened = sources.get(id);
  if (opened === undefined) return refused('This source is no longer open.');
  const { state } = opened;
  const unanswered = whyUnanswered(opened);
  if (unanswered !== null) return refused(unanswered);
  const claims = [];
  for (const { key, seen } of wanted.claims) {
    const entry = state.entryByKey(key);
    if (entry === undefined) {
      const claimId = claimIdOfKey(key);
      const last = claimId === null ? undefined : (await opened.transitions(claimId, 1))[0];
      return conflict(isGone(null, state.status, last));
    }
    publish(state.rejudge([entry]));
    const { claim, row } = entry;
    if (claim.seen !== seen) return conflict(isNow(claim));
    if (!actionsFor(claim.possibleActions, row.verdict).includes(wanted.action)) {
      return refused(notPossible(wanted.action, claim, isStale(row.verdict)));
    }
    claims.push({ claimId: claim.id, seen });
  }
  const actAs = wanted.action === 'release' ? wanted.actAs : null;
  if (wanted.action === 'release' && (actAs === null || actAs.trim() === '')) {
    return refused('A release is done in the name of the holder: say which name you act as.');
  }
  if (claims.length > 1 && wanted.action !== 'reap') {
    return refused('Only stale claims are ended together, by a reap. Take the others one by one.');
  }
  const request: ActionRequest = { action: wanted.action, claims, actAs };
  return { kind: 'asked', opened, request, outcome: await opened.plan(request) };
}

/** Asks what a mend would do. */
export async function askForMend(
  sources: ReadonlyMap<string, OpenedSource>,
  { sourceId, mend, seen }: Omit<MendRequest, 'action'> & { readonly sourceId: string },
): Promise<AskedOutcome> {
  const opened = sources.get(sourceId);
  if (opened === undefined) return refused('This source is no longer open.');
  const unanswered = whyUnanswered(opened);
  if (unanswered !== null) return refused(unanswered);
  const request: ActionRequest = { action: 'mend', mend, seen };
  return { kind: 'asked', opened, request, outcome: await opened.plan(request) };
}

/** Why a source cannot be asked, in a sentence; null when it can be. Nobody is made to wait for a disk that hangs. */
function whyUnanswered({ state }: OpenedSource): string | null {
  if (state.status.kind === 'out-of-reach') return `The source is out of reach: ${state.status.reason}`;
  if (state.row.waitingSinceMs === undefined) return null;
  return 'The disk of this source has not answered for a while, so nothing can be decided or written. Try again when it does.';
}

function refused(reason: string): AskedOutcome {
  return { kind: 'known', outcome: { kind: 'refused', reasons: [reason] } };
}

function conflict(message: string): AskedOutcome {
  return { kind: 'known', outcome: { kind: 'conflict', message } };
}
