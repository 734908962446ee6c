import { type ClaimRecord, claimOfKept, type KeptClaim, keptClaim } from './claim-record';
import { jsonParts } from './kept-parts';

/** A node as the living program's replay knows it, as far as claims and refusals depend on it. */
export interface NodeState {
  readonly id: string;
  /** `available`, `claimed` or `blocked` allow something; any other text is kept and allows nothing. */
  workflow: string;
  epistemic: string;
  statement: string;
  /** Set exactly while `workflow` is `claimed`. */
  claim: ClaimRecord | null;
}

/** A node as it is kept: the key it is filed under, its fields, its claim. */
type KeptNode = readonly [string, string, string, string, string, KeptClaim | null];

interface KeptPart {
  readonly nodes?: readonly KeptNode[];
  readonly challenges?: readonly string[];
  readonly scopes?: readonly (readonly [string, 'open' | 'closed'])[];
}

function keptPart(name: keyof KeptPart, entries: string): string {
  return `{"${name}":${entries}}`;
}

/** So many names of holders are kept once for all events. */
const MOST_HOLDERS = 1_024;

/** Everything that a living ledger's replay depends on. */
export class LivingState {
  readonly nodes = new Map<string, NodeState>();
  readonly claimed = new Set<string>();
  readonly challenges = new Set<string>();
  /** The scope of a node: `open`, or `closed` for good. */
  readonly scopes = new Map<string, 'open' | 'closed'>();

  readonly #holders = new Map<string, string>();

  /** The same name, as one string however many events bear it. */
  holder(name: string): string {
    const known = this.#holders.get(name);
    if (known !== undefined) return known;
    if (this.#holders.size < MOST_HOLDERS) this.#holders.set(name, name);
    return name;
  }

  *parts(): IterableIterator<string> {
    const nodes = jsonParts(this.nodes, ([id, node]): KeptNode => {
      // A node is filed under its own id, but for one without.
      const { workflow, epistemic, statement, claim } = node;
      return [id, node.id, workflow, epistemic, statement, claim === null ? null : keptClaim(claim)];
    });
    for (const part of nodes) yield keptPart('nodes', part);
    for (const part of jsonParts(this.challenges)) yield keptPart('challenges', part);
    for (const part of jsonParts(this.scopes)) yield keptPart('scopes', part);
  }

  takeUp(part: string): void {
    const { nodes = [], challenges = [], scopes = [] } = JSON.parse(part) as KeptPart;
    for (const [key, id, workflow, epistemic, statement, kept] of nodes) {
      const node: NodeState = { id, workflow, epistemic, statement, claim: null };
      this.nodes.set(key, node);
      if (kept !== null) this.setClaim(key, node, claimOfKept(kept), workflow);
    }
    for (const challenge of challenges) this.challenges.add(challenge);
    for (const [id, scope] of scopes) this.scopes.set(id, scope);
  }

  setClaim(id: string, node: NodeState, claim: ClaimRecord | null, workflow: string): void {
    node.workflow = workflow;
    node.claim = claim;
    if (claim === null) this.claimed.delete(id);
    else this.claimed.add(id);
  }
}

const FROM_OPEN = new Set(['validated', 'admitted', 'refuted', 'archived']);

/** What a node's epistemic state may become. Admitted, refuted and archived are final; other texts are no states. */
const EPISTEMIC: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['pending', FROM_OPEN],
  ['validated', new Set(['needs_refinement'])],
  ['needs_refinement', FROM_OPEN],
]);

export function mayBecome(from: string, to: string): boolean {
  return EPISTEMIC.get(from)?.has(to) === true;
}

/** Whether a text is empty but for white space as Go's unicode.IsSpace knows it (not quite that of JavaScript). */
export function isBlank(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are Go's white space.
  return /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(text);
}
