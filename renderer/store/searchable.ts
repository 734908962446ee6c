import type { ClaimRow } from '../../core/model';
import type { Clock } from './clock';
import { makeSearchable } from './filter';
import type { AppStore } from './state';

/** Below this, working it out when it is asked for is not noticed. */
const LARGE = 2_000;
const AT_ONCE = 1_000;
const PAUSE_MS = 16;
const AFTER_A_CHANGE_MS = 250;

/** Makes the rows of a large picture ready for the filter ahead, some at a time. Returns the disposer. */
export function keepSearchable(store: AppStore, clock: Clock): () => void {
  let cancel: (() => void) | null = null;

  function begin(): void {
    const { claims } = store.getState().picture;
    goOn(claims, claims.values());
  }

  function goOn(claims: ReadonlyMap<string, ClaimRow>, left: Iterator<ClaimRow>): void {
    for (let count = 0; count < AT_ONCE; count += 1) {
      const next = left.next();
      if (next.done === true) {
        cancel = null;
        if (store.getState().picture.claims !== claims) schedule();
        return;
      }
      makeSearchable(next.value);
    }
    cancel = clock.after(PAUSE_MS, () => {
      goOn(claims, left);
    });
  }

  function schedule(): void {
    if (cancel === null && store.getState().picture.claims.size >= LARGE) {
      cancel = clock.after(AFTER_A_CHANGE_MS, begin);
    }
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (state.picture.claims !== before.picture.claims) schedule();
  });
  return () => {
    unsubscribe();
    cancel?.();
  };
}
