import { compareInstants, type Transition } from '../core/model';

/** How many transitions of one claim are kept, the newest. */
const KEPT_PER_CLAIM = 1_000;
/** Cutting only now and then keeps adding cheap. */
const CUT_AT = KEPT_PER_CLAIM + 250;

interface ClaimHistory {
  /** What the source says, in its order. */
  recorded: Transition[];
  /** What we saw ourselves, in the order of seeing. */
  observed: Transition[];
}

/** The transitions of one source's claims, kept from the start, also of claims that have ended. */
export class TransitionHistory {
  readonly #byClaim = new Map<string, ClaimHistory>();

  add(transition: Transition): void {
    let history = this.#byClaim.get(transition.claimId);
    if (history === undefined) {
      history = { recorded: [], observed: [] };
      this.#byClaim.set(transition.claimId, history);
    }
    const list = transition.basis === 'recorded' ? history.recorded : history.observed;
    list.push(transition);
    if (list.length > CUT_AT) list.splice(0, list.length - KEPT_PER_CLAIM);
  }

  /** The source is read anew: what it recorded will come again, what we saw stays. */
  forgetRecorded(): void {
    for (const [claimId, history] of this.#byClaim) {
      if (history.observed.length === 0) this.#byClaim.delete(claimId);
      else history.recorded = [];
    }
  }

  /** Whether the end of exactly this lease was already seen. */
  hasObservedExpiry(claimId: string, expiryText: string): boolean {
    const observed = this.#byClaim.get(claimId)?.observed ?? [];
    return observed.some((t) => t.kind === 'expired' && t.at?.text === expiryText);
  }

  /** The newest `limit` transitions of a claim, oldest first. The source's own order is never changed. */
  newest(claimId: string, limit: number): readonly Transition[] {
    const history = this.#byClaim.get(claimId);
    if (history === undefined) return [];
    const { recorded, observed } = history;
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
    return merged.slice(-limit);
  }
}

function isEarlier(a: Transition, b: Transition): boolean {
  return a.at !== null && b.at !== null && compareInstants(a.at, b.at) < 0;
}
