import type { Bridge } from '../../contract';
import type { Clock } from './clock';
import { createPace } from './pace';
import type { AppStore, DetailState } from './state';

const AFTER_SELECTING_MS = 40;
const AFTER_A_CHANGE_MS = 150;
/** Some evidence changes without the row (a process that appears beside a proof): look again now and then. */
const AGAIN_MS = 5_000;

/**
 * Fetches the selected claim in full: shortly after it was selected, after its row changed, and every 5 s.
 * An answer that comes too late (something else is selected by then) is dropped. Returns the disposer.
 */
export function keepDetail(store: AppStore, bridge: Bridge, clock: Clock): () => void {
  const pace = createPace(clock, fetch);
  /** Counts up when something else is looked at, so that an answer that comes too late is known and dropped. */
  let asked = 0;

  async function fetch(): Promise<void> {
    const key = store.getState().selectedKey;
    if (key === null) return;
    const mine = asked;
    const reply = await bridge.request('detail', { key });
    if (mine !== asked || store.getState().selectedKey !== key) return;
    if (!reply.ok) {
      if (store.getState().connection.kind !== 'lost') {
        store.setState({ detail: { kind: 'failed', message: reply.message } });
      }
    } else {
      const detail = reply.value;
      store.setState((state) => ({ detail: detail === null ? gone(state.detail) : { kind: 'ready', detail } }));
    }
    pace.within(AGAIN_MS);
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (state.selectedKey !== before.selectedKey) {
      asked += 1;
      pace.stop();
      if (state.selectedKey === null) {
        store.setState({ detail: { kind: 'none' } });
        return;
      }
      store.setState({ detail: { kind: 'loading' } });
      pace.within(AFTER_SELECTING_MS);
      return;
    }
    const key = state.selectedKey;
    if (key === null || state.picture === before.picture) return;
    const row = state.picture.claims.get(key);
    if (row === before.picture.claims.get(key)) return;
    if (row === undefined) {
      asked += 1;
      pace.stop();
      store.setState({ detail: gone(state.detail) });
    } else {
      pace.within(AFTER_A_CHANGE_MS);
    }
  });
  return () => {
    pace.stop();
    unsubscribe();
  };
}

function gone(before: DetailState): DetailState {
  return before.kind === 'gone' ? before : { kind: 'gone', last: before.kind === 'ready' ? before.detail : null };
}
