import { compareInstants, type Transition } from '../core/model';

/** How many transitions of one claim are kept, the newest. */
const KEPT_PER_CLAIM = 1_000;
/** Cutting only now and then keeps adding cheap. */
const CUT_AT = KEPT_PER_CLAIM + 250;

/**
 * What we saw ourselves become of one source's claims, in the order of seeing, also of claims that have ended.
 * What the source recorded is kept by the source.
 */
export class TransitionHistory {
  readonly #byClaim = new Map<string, Transition[]>();

  add(observed: Transition): void {
    const list = this.#byClaim.get(observed.claimId);
    if (list === undefined) {
      this.#byClaim.set(observed.claimId, [observed]);
      return;
    }
    list.push(observed);
    if (list.length > CUT_AT) list.splice(0, list.length - KEPT_PER_CLAIM);
  }

  /** Whether the end of exactly this lease was already seen. */
  hasObservedExpiry(claimId: string, expiryText: string): boolean {
    const observed = this.#byClaim.get(claimId) ?? [];
    return observed.some((t) => t.kind === 'expired' && t.at?.text === expiryText);
  }

  /**
   * What the source recorded of a claim, and what we saw of it, by their times: the newest `limit`, oldest first.
   * The source's own order is never changed.
   */
  mergedWith(recorded: readonly Transition[], claimId: string, limit: number): readonly Transition[] {
    const observed = this.#byClaim.get(claimId) ?? [];
    const merged: Transition[] = [];
    let seen = 0;
    for (const record of recorded) {
      for (let next = observed[seen]; next !== undefined && isEarlier(next, record); next = observed[seen]) {
        merged.push(next);
        seen += 1;
      }
      merged.push(record);
    }
    merged.push(...observed.slice(seen));
    return merged.slice(Math.max(0, merged.length - limit));
  }
}

function isEarlier(a: Transition, b: Transition): boolean {
  return a.at !== null && b.at !== null && compareInstants(a.at, b.at) < 0;
}
