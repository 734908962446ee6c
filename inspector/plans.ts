import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ActionRequest, Plan } from '../core/model';

const KEPT_MS = 10 * 60_000;
const KEPT_AT_MOST = 200;

/** A plan that an operator was shown and may still commit. */
export interface KeptPlan {
  readonly sourceId: string;
  readonly request: ActionRequest;
  /** As the port made it; its own `commit` gets this one. */
  readonly made: Plan;
  /** As the operator was shown it: with our id, and with what we ask for on top. */
  readonly shown: Plan;
}

type Taken =
  | { readonly kind: 'taken'; readonly plan: KeptPlan }
  | { readonly kind: 'refused'; readonly reason: string };

/** Plans by id: kept for 10 minutes and at most 200 of them, each taken at most once. */
export class Plans {
  readonly #kept = new Map<string, { readonly plan: KeptPlan; readonly atMs: number; isTaken: boolean }>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs;
  }

  /** Keeps a plan under a new id, which nobody can guess. */
  keep(sourceId: string, request: ActionRequest, made: Plan): Plan {
    this.#forgetOld();
    const shown: Plan = { ...made, id: randomUUID(), needs: needsOf(made) };
    this.#kept.set(shown.id, { plan: { sourceId, request, made, shown }, atMs: this.#monotonicMs(), isTaken: false });
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_AT_MOST) break;
      this.#kept.delete(id);
    }
    return shown;
  }

  /** The plan, as long as it may still be taken. */
  get(id: string): Taken {
    this.#forgetOld();
    const kept = this.#kept.get(id);
    if (kept === undefined) {
      return {
        kind: 'refused',
        reason:
          'This plan is no longer kept: it was made more than 10 minutes or very many plans ago. Look at the claim again.',
      };
    }
    if (kept.isTaken) {
      return { kind: 'refused', reason: 'This plan was already carried out. A plan is carried out once.' };
    }
    return { kind: 'taken', plan: kept.plan };
  }

  /** The plan, which nobody can take again. */
  take(id: string): Taken {
    const taken = this.get(id);
    const kept = this.#kept.get(id);
    if (kept !== undefined) kept.isTaken = true;
    return taken;
  }

  #forgetOld(): void {
    const oldest = this.#monotonicMs() - KEPT_MS;
    for (const [id, { atMs }] of this.#kept) {
      if (atMs > oldest) break;
      this.#kept.delete(id);
    }
  }
}

const MUST_BE_MEANT: ReadonlySet<Plan['action']> = new Set<Plan['action']>(['force-release', 'terminate', 'kill']);

/** What may hit a holder at work always needs a reason and something typed, whatever its protocol asks for. */
function needsOf(plan: Plan): Plan['needs'] {
  if (!MUST_BE_MEANT.has(plan.action)) return plan.needs;
  return { reason: true, confirmation: plan.needs.confirmation ?? plan.resource };
}
