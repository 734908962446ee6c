import { isEnding, type Plan } from '../core/model';
import type { OpenedSource } from './opened-source';
import { nameInWords } from './words';

export interface Notice {
  readonly tone: 'error' | 'info';
  readonly message: string;
}

/** When a source is looked at again after an action: a peer that was waiting for its turn may write late. */
const LOOKS_MS = [250, 1_000, 3_000] as const;

/** How a source stood right before an action. */
export interface Before {
  readonly wasReadable: boolean;
  readonly head: number | null;
}

/** An action that was carried out, or half carried out. */
export interface Acted {
  readonly plan: Plan;
  readonly before: Before;
  /** So many events of it are part of the source. */
  readonly written: number;
  readonly isDone: boolean;
}

/**
 * Watches over a source for 3 s after an action of ours, without making anybody wait, and says so loudly, once,
 * if a later write broke the source, or if what was done is undone. The last look compares
 * all that was read with what is there, and reads anew what is not: whoever opened the source is told what differed.
 */
export function lookAgain(opened: OpenedSource, acted: Acted, notify: (notice: Notice) => void): void {
  let isTold = false;
  const { undos } = opened;
  const check = (): void => {
    if (isTold || opened.isClosed) return;
    const message = whatWentWrong(opened, acted, acted.isDone && opened.undos === undos);
    if (message === null) return;
    isTold = true;
    notify({ tone: 'error', message });
  };
  check();
  for (const delayMs of LOOKS_MS) {
    opened.later(delayMs, () => {
      const isLast = delayMs === LOOKS_MS[2];
      void (isLast ? opened.check() : opened.read()).then(check);
    });
  }
}

function whatWentWrong({ state }: OpenedSource, { plan, before, written }: Acted, mustStand: boolean): string | null {
  const title = nameInWords(state.row.title);
  const done = plan.action === 'mend' ? 'it was mended' : `the ${plan.action} of ${nameInWords(plan.resource)}`;
  if (before.wasReadable && state.status.kind === 'unreadable') {
    const { at, reason } = state.status;
    const from = at === null ? '' : ` from event #${at.toString()} on`;
    // Ours took the next numbers; whatever is beyond it was written by somebody else.
    const isLater = plan.action === 'mend' || (at !== null && before.head !== null && at > before.head + written);
    const who = isLater ? 'Another program wrote into it afterwards' : 'It was readable before';
    return `${title} cannot be read by its own tools any more${from}, right after ${done}. ${who}. ${reason}`;
  }
  // What an operator put back here is no work of others, and a holder that was told to end may take its time.
  if (!mustStand || plan.action === 'mend' || !isEnding(plan)) return null;
  if (plan.claims.some(({ claimId, seen }) => state.entry(claimId)?.claim.seen === seen)) {
    return `What was done in ${title} is gone again: ${done} was overwritten by another program, and the claim stands as before.`;
  }
  return null;
}
