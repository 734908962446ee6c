import { assertNever, compareInstants, type Instant, quoteHostile } from '../../model';
import { elements } from '../events/go-decode';
import type { ClaimRecord, Digest } from './claim-record';
import type { LivingEvents, LivingNode, LivingType } from './living-events';
import { isBlank, type LivingState, mayBecome, type NodeState } from './living-state';
import type { LedgerTransition } from './replay';

/** What an event would do. `commit` does it, and cannot fail. */
export type Step =
  | { readonly kind: 'step'; readonly transitions: readonly LedgerTransition[]; readonly commit: () => void }
  | { readonly kind: 'refused'; readonly reason: string };

/** A decoded event together with its type. */
export type LivingEvent = { [T in LivingType]: { readonly type: T; readonly value: LivingEvents[T] } }[LivingType];

const NOTHING: Step = { kind: 'step', transitions: [], commit: () => undefined };

const SEVERITIES = new Set(['', 'critical', 'major', 'minor', 'note']);

function refused(reason: string): Step {
  return { kind: 'refused', reason };
}

function nodeName(id: string): string {
  return id === '' ? 'a node without an id' : `node ${quoteHostile(id)}`;
}

function commits(commit: () => void): Step {
  return { kind: 'step', transitions: [], commit };
}

/** The living program's rules: what `event` does to `state`, or why that program refuses it. Alters nothing. */
export function stepOf(state: LivingState, event: LivingEvent, sequence: number, digest: () => Digest): Step {
  const { type } = event;
  switch (type) {
    case 'proof_initialized':
    case 'def_added':
    case 'lemma_extracted':
      return NOTHING;
    case 'node_created':
      return created(state, event.value.node, event.value.timestamp, sequence, digest);
    case 'nodes_claimed':
      return claimed(state, event.value, sequence, digest);
    case 'nodes_released':
      return released(state, event.value, sequence);
    case 'claim_refreshed':
      return refreshed(state, event.value, sequence, digest);
    case 'node_validated':
      return judged(state, type, event.value.node_id, 'validated');
    case 'node_admitted':
      return judged(state, type, event.value.node_id, 'admitted');
    case 'node_refuted':
      return judged(state, type, event.value.node_id, 'refuted');
    case 'node_archived':
      return judged(state, type, event.value.node_id, 'archived');
    case 'refinement_requested':
      return judged(state, type, event.value.node_id, 'needs_refinement');
    case 'taint_recomputed':
      return state.nodes.has(event.value.node_id) ? NOTHING : refused(unknownNode(type, event.value.node_id));
    case 'node_amended':
      return amended(state, event.value.node_id, event.value.new_statement);
    case 'challenge_raised': {
      const { challenge_id, severity } = event.value;
      if (!SEVERITIES.has(severity))
        return refused(`${type} with the severity "${quoteHostile(severity)}", which does not exist`);
      return commits(() => state.challenges.add(challenge_id));
    }
    case 'challenge_resolved':
    case 'challenge_withdrawn':
    case 'challenge_superseded': {
      const id = event.value.challenge_id;
      return state.challenges.has(id)
        ? NOTHING
        : refused(`${type} for challenge "${quoteHostile(id)}", which does not exist`);
    }
    case 'scope_opened':
      return scopeOpened(state, event.value.node_id, event.value.statement);
    case 'scope_closed':
      return scopeClosed(state, event.value.node_id);
    case 'lock_reaped':
      return refused('lock_reaped, which this program cannot apply');
    default:
      return assertNever(type);
  }
}

function unknownNode(type: LivingType, id: string): string {
  return `${type} for ${nodeName(id)}, which does not exist`;
}

function created(
  state: LivingState,
  node: LivingNode,
  at: Instant | null,
  sequence: number,
  digest: () => Digest,
): Step {
  const { id, claimed_by: owner, claimed_at: expiresAt } = node;
  const before = state.nodes.get(id)?.claim ?? null;
  const bornClaimed = node.workflow_state === 'claimed';
  // A repeat that says what already holds leaves the claim as it is.
  const same = before !== null && bornClaimed && before.owner === owner && sameMoment(before.expiresAt, expiresAt);
  const transitions: LedgerTransition[] = [];
  if (before !== null && !same) {
    transitions.push({ node: id, kind: 'dropped', at, sequence, holder: before.owner, until: null });
  }
  if (bornClaimed && !same) {
    transitions.push({ node: id, kind: 'taken', at, sequence, holder: owner, until: expiresAt });
  }
  const commit = (): void => {
    const next: NodeState = {
      id,
      workflow: node.workflow_state,
      epistemic: node.epistemic_state,
      statement: node.statement,
      claim: null,
    };
    const fresh = (): ClaimRecord => ({
      owner,
      acquiredAt: at,
      expiresAt,
      claimedBy: sequence,
      changedBy: sequence,
      digest: digest(),
    });
    state.nodes.set(id, next);
    state.setClaim(id, next, same ? before : bornClaimed ? fresh() : null, node.workflow_state);
  };
  return { kind: 'step', transitions, commit };
}

function sameMoment(a: Instant | null, b: Instant | null): boolean {
  return a === null || b === null ? a === b : compareInstants(a, b) === 0;
}

function claimed(
  state: LivingState,
  event: LivingEvents['nodes_claimed'],
  sequence: number,
  digest: () => Digest,
): Step {
  const { timeout, timestamp } = event;
  const owner = state.holder(event.owner);
  const found: NodeState[] = [];
  const transitions: LedgerTransition[] = [];
  const ids = elements(event.node_ids);
  const isRepeat = repeats(ids);
  for (const id of ids) {
    const node = state.nodes.get(id);
    if (node === undefined) return refused(unknownNode('nodes_claimed', id));
    if (isRepeat(id)) return refused(`nodes_claimed names ${nodeName(id)} twice`);
    if (node.workflow !== 'available') return refused(`nodes_claimed for ${nodeName(id)}, ${workflowWords(node)}`);
    found.push(node);
    transitions.push({ node: node.id, kind: 'taken', at: timestamp, sequence, holder: owner, until: timeout });
  }
  if (found.length === 0) return NOTHING;
  const commit = (): void => {
    const claim: ClaimRecord = {
      owner,
      acquiredAt: timestamp,
      expiresAt: timeout,
      claimedBy: sequence,
      changedBy: sequence,
      digest: digest(),
    };
    for (const node of found) state.setClaim(node.id, node, claim, 'claimed');
  };
  return { kind: 'step', transitions, commit };
}

/** Tells of each id in turn whether it came before. One alone, as nearly always, costs nothing. */
function repeats(ids: readonly string[]): (id: string) => boolean {
  if (ids.length < 2) return never;
  const seen = new Set<string>();
  return (id) => seen.size === seen.add(id).size;
}

const never = (): boolean => false;

function workflowWords(node: NodeState): string {
  if (node.claim !== null) {
    const { owner } = node.claim;
    return owner === '' ? 'which is claimed already' : `which ${quoteHostile(owner)} has claimed already`;
  }
  return node.workflow === 'blocked'
    ? 'which is blocked'
    : `whose state "${quoteHostile(node.workflow)}" does not exist`;
}

function released(state: LivingState, event: LivingEvents['nodes_released'], sequence: number): Step {
  const found: NodeState[] = [];
  const transitions: LedgerTransition[] = [];
  const ids = elements(event.node_ids);
  const isRepeat = repeats(ids);
  for (const id of ids) {
    const node = state.nodes.get(id);
    if (node === undefined) return refused(unknownNode('nodes_released', id));
    if (isRepeat(id)) return refused(`nodes_released names ${nodeName(id)} twice`);
    if (node.workflow === 'available') return refused(`nodes_released for ${nodeName(id)}, which is not claimed`);
    if (node.claim === null && node.workflow !== 'blocked') {
      return refused(`nodes_released for ${nodeName(id)}, ${workflowWords(node)}`);
    }
    found.push(node);
    if (node.claim !== null) {
      const holder = node.claim.owner;
      transitions.push({ node: node.id, kind: 'released', at: event.timestamp, sequence, holder, until: null });
    }
  }
  const commit = (): void => {
    for (const node of found) state.setClaim(node.id, node, null, 'available');
  };
  return { kind: 'step', transitions, commit };
}

function refreshed(
  state: LivingState,
  event: LivingEvents['claim_refreshed'],
  sequence: number,
  digest: () => Digest,
): Step {
  const { node_id: id, owner, new_timeout: until, timestamp: at } = event;
  const node = state.nodes.get(id);
  if (node === undefined) return refused(unknownNode('claim_refreshed', id));
  const { claim } = node;
  if (claim === null) return refused(`claim_refreshed for ${nodeName(id)}, which is not claimed`);
  if (claim.owner !== owner) {
    const [holder, other] = [quoteHostile(claim.owner), quoteHostile(owner)];
    return refused(`claim_refreshed for ${nodeName(id)} by "${other}", but "${holder}" holds it`);
  }
  return {
    kind: 'step',
    transitions: [{ node: node.id, kind: 'extended', at, sequence, holder: claim.owner, until }],
    commit: () => {
      state.setClaim(id, node, { ...claim, expiresAt: until, changedBy: sequence, digest: digest() }, 'claimed');
    },
  };
}

/** Accepting, admitting, refuting, archiving and reopening change what is thought of a node, never its claim. */
function judged(state: LivingState, type: LivingType, id: string, to: string): Step {
  const node = state.nodes.get(id);
  if (node === undefined) return refused(unknownNode(type, id));
  if (!mayBecome(node.epistemic, to)) {
    return refused(`${type} for ${nodeName(id)}, which is "${quoteHostile(node.epistemic)}" and cannot become "${to}"`);
  }
  return commits(() => {
    node.epistemic = to;
  });
}

function amended(state: LivingState, id: string, statement: string): Step {
  const node = state.nodes.get(id);
  if (node === undefined) return refused(unknownNode('node_amended', id));
  return commits(() => {
    node.statement = statement;
  });
}

function scopeOpened(state: LivingState, id: string, statement: string): Step {
  if (id === '') return refused('scope_opened for a node without an id');
  if (state.scopes.has(id)) return refused(`scope_opened for ${nodeName(id)}, which had a scope already`);
  if (isBlank(statement)) return refused(`scope_opened for ${nodeName(id)} with a blank statement`);
  return commits(() => state.scopes.set(id, 'open'));
}

function scopeClosed(state: LivingState, id: string): Step {
  const scope = state.scopes.get(id);
  if (scope === undefined) return refused(`scope_closed for ${nodeName(id)}, which has no scope`);
  if (scope === 'closed') return refused(`scope_closed for ${nodeName(id)}, whose scope is closed already`);
  return commits(() => state.scopes.set(id, 'closed'));
}
