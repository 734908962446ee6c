import type { ClaimRecord } from './claim-record';

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
