import { type Marked, markedIn } from './action-subject';
import type { AppState, AppStore } from './state';
import type { Visible } from './visible';

/** Claims that are marked for one reap together. A mark is for exactly the claim that was seen: the next holder has none. */
export interface Marks {
  /** Marks a claim, or takes its mark away. */
  toggle(key: string): void;
  /** Marks every stale claim that the filter leaves and that can be reaped. */
  allStale(): void;
  clear(): void;
  /** What can be done with them; the same object as long as nothing changes. */
  now(state: AppState): Marked;
}

export function createMarks(store: AppStore, visible: (state: AppState) => Visible): Marks {
  let nowFor: readonly unknown[] = [];
  let now: Marked = { rows: [], groups: [], left: 0 };
  return {
    toggle(key) {
      const state = store.getState();
      const seen = state.picture.claims.get(key)?.seen;
      const marked = new Map(state.marked);
      if (seen === undefined || marked.get(key) === seen) marked.delete(key);
      else marked.set(key, seen);
      store.setState({ marked });
    },
    allStale() {
      const state = store.getState();
      const { rows } = visible({ ...state, choice: { ...state.choice, preset: 'stale' } });
      const reapable = rows.filter((row) => row.actions.includes('reap'));
      store.setState({ marked: new Map(reapable.map((row) => [row.key, row.seen])) });
    },
    clear() {
      if (store.getState().marked.size > 0) store.setState({ marked: new Map() });
    },
    now({ picture, marked }) {
      if (nowFor[0] === picture.claims && nowFor[1] === marked) return now;
      nowFor = [picture.claims, marked];
      now = markedIn(picture, marked);
      return now;
    },
  };
}
