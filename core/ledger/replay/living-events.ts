import { type Instant, quoteHostile } from '../../model';
import { type GoSlice, type GoType, slice, struct, text, textUpTo, unescaped, unusedText } from '../events/go-decode';
import { isGoZeroTime, parseGoTime } from '../events/go-time';
import { nodeIdFault } from '../events/node-id';

/** How much of a node's statement is kept, in UTF-16 units. */
const STATEMENT_KEPT = 2000;

/** A node id; the empty string is the id that names nothing. */
const nodeId: GoType<string> = unescaped('', (raw) => {
  const fault = raw === '' ? null : nodeIdFault(raw);
  return fault === null ? { value: raw } : { fault };
});

/** A time; null is Go's zero time, written or absent. */
const time: GoType<Instant | null> = unescaped<Instant | null>(null, (raw) => {
  const parsed = parseGoTime(raw);
  if ('fault' in parsed) return { fault: `"${quoteHostile(raw)}" ${parsed.fault}` };
  return { value: isGoZeroTime(parsed) ? null : parsed };
});

const statement = textUpTo(STATEMENT_KEPT);
const nodeIds = slice(nodeId);
const unusedTexts = slice(unusedText);

interface Base {
  type: null;
  timestamp: Instant | null;
}

const base = { type: unusedText, timestamp: time };

export interface LivingNode {
  id: string;
  type: null;
  statement: string;
  latex: null;
  inference: null;
  context: GoSlice<null>;
  dependencies: GoSlice<string>;
  validation_deps: GoSlice<string>;
  workflow_state: string;
  epistemic_state: string;
  taint_state: null;
  content_hash: null;
  created: Instant | null;
  scope: GoSlice<null>;
  claimed_by: string;
  claimed_at: Instant | null;
}

const node = struct<LivingNode>({
  id: nodeId,
  type: unusedText,
  statement,
  latex: unusedText,
  inference: unusedText,
  context: unusedTexts,
  dependencies: nodeIds,
  validation_deps: nodeIds,
  workflow_state: text,
  epistemic_state: text,
  taint_state: unusedText,
  content_hash: unusedText,
  created: time,
  scope: unusedTexts,
  claimed_by: text,
  claimed_at: time,
});

interface Definition {
  id: null;
  name: null;
  definition: null;
  created: Instant | null;
}

interface Lemma {
  id: null;
  statement: null;
  node_id: string;
  created: Instant | null;
}

/** What each type of event decodes to. Fields that no rule asks for are checked and not kept. */
export interface LivingEvents {
  proof_initialized: Base & { conjecture: null; author: null };
  node_created: Base & { node: LivingNode };
  nodes_claimed: Base & { node_ids: GoSlice<string>; owner: string; timeout: Instant | null };
  nodes_released: Base & { node_ids: GoSlice<string> };
  claim_refreshed: Base & { node_id: string; owner: string; new_timeout: Instant | null };
  challenge_raised: Base & {
    challenge_id: string;
    node_id: string;
    target: null;
    reason: null;
    severity: string;
    raised_by: null;
  };
  challenge_resolved: Base & { challenge_id: string };
  challenge_withdrawn: Base & { challenge_id: string };
  challenge_superseded: Base & { challenge_id: string; node_id: string };
  node_validated: Base & { node_id: string; note: null };
  node_admitted: Base & { node_id: string };
  node_refuted: Base & { node_id: string };
  node_archived: Base & { node_id: string };
  node_amended: Base & { node_id: string; previous_statement: null; new_statement: string; owner: null };
  taint_recomputed: Base & { node_id: string; new_taint: null };
  def_added: Base & { definition: Definition };
  lemma_extracted: Base & { lemma: Lemma };
  scope_opened: Base & { node_id: string; statement: string };
  scope_closed: Base & { node_id: string; discharge_node_id: string };
  refinement_requested: Base & { node_id: string; reason: null; requested_by: null };
  lock_reaped: Base & { node_id: string; owner: null };
}

export type LivingType = keyof LivingEvents;

/** Every type that the living program knows, with its fields. */
export const LIVING_EVENTS: { readonly [T in LivingType]: GoType<LivingEvents[T]> } = {
  proof_initialized: struct({ ...base, conjecture: unusedText, author: unusedText }),
  node_created: struct({ ...base, node }),
  nodes_claimed: struct({ ...base, node_ids: nodeIds, owner: text, timeout: time }),
  nodes_released: struct({ ...base, node_ids: nodeIds }),
  claim_refreshed: struct({ ...base, node_id: nodeId, owner: text, new_timeout: time }),
  challenge_raised: struct({
    ...base,
    challenge_id: text,
    node_id: nodeId,
    target: unusedText,
    reason: unusedText,
    severity: text,
    raised_by: unusedText,
  }),
  challenge_resolved: struct({ ...base, challenge_id: text }),
  challenge_withdrawn: struct({ ...base, challenge_id: text }),
  challenge_superseded: struct({ ...base, challenge_id: text, node_id: nodeId }),
  node_validated: struct({ ...base, node_id: nodeId, note: unusedText }),
  node_admitted: struct({ ...base, node_id: nodeId }),
  node_refuted: struct({ ...base, node_id: nodeId }),
  node_archived: struct({ ...base, node_id: nodeId }),
  node_amended: struct({
    ...base,
    node_id: nodeId,
    previous_statement: unusedText,
    new_statement: statement,
    owner: unusedText,
  }),
  taint_recomputed: struct({ ...base, node_id: nodeId, new_taint: unusedText }),
  def_added: struct({
    ...base,
    definition: struct<Definition>({ id: unusedText, name: unusedText, definition: unusedText, created: time }),
  }),
  lemma_extracted: struct({
    ...base,
    lemma: struct<Lemma>({ id: unusedText, statement: unusedText, node_id: nodeId, created: time }),
  }),
  scope_opened: struct({ ...base, node_id: nodeId, statement: text }),
  scope_closed: struct({ ...base, node_id: nodeId, discharge_node_id: nodeId }),
  refinement_requested: struct({ ...base, node_id: nodeId, reason: unusedText, requested_by: unusedText }),
  lock_reaped: struct({ ...base, node_id: nodeId, owner: unusedText }),
};

/** Whether the living program knows an event type. */
export function isLivingType(type: string): type is LivingType {
  return Object.hasOwn(LIVING_EVENTS, type);
}
