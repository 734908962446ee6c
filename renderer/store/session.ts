import type { Bridge, Hello } from '../../contract';
import type { Changes, ClaimRow } from '../../core/model';
import type { Clock } from './clock';
import { foldChanges, type Picture, pictureOf } from './picture';
import type { AppStore } from './state';
import type { Toasts } from './toasts';

const RETRY_MS = 1_000;

/**
 * Keeps the picture in the store equal to the host's: a snapshot first, then ordered changes; whenever changes
 * do not follow on what is here, a snapshot again. Returns the disposer.
 */
export function keepSession(store: AppStore, bridge: Bridge, clock: Clock, toasts: Toasts): () => void {
  let disposed = false;
  /** Changes that came while a snapshot was under way; null when none is. */
  let held: Changes[] | null = null;
  let cancelRetry = (): void => undefined;

  async function greet(): Promise<void> {
    const reply = await bridge.request('hello', {});
    if (disposed) return;
    if (!reply.ok) {
      store.setState({ trouble: reply.message });
      retry(greet);
      return;
    }
    const hello: Hello = reply.value;
    store.setState({
      hello,
      clockAheadMs: hello.nowMs - clock.nowMs(),
      auditCount: hello.auditCount,
      trouble: null,
    });
    await look();
  }

  async function look(): Promise<void> {
    if (held !== null) return;
    held = [];
    const reply = await bridge.request('snapshot', {});
    const missed = held;
    held = null;
    if (disposed) return;
    if (!reply.ok) {
      store.setState({ trouble: reply.message });
      retry(look);
      return;
    }
    show(pictureOf(reply.value));
    store.setState({ loaded: true, trouble: null });
    for (const changes of missed) apply(changes);
  }

  function retry(what: () => Promise<void>): void {
    cancelRetry();
    cancelRetry = clock.after(RETRY_MS, () => {
      if (store.getState().connection.kind !== 'lost') void what();
    });
  }

  function apply(changes: Changes): void {
    if (held !== null) {
      held.push(changes);
      return;
    }
    if (!store.getState().loaded) return;
    const folded = foldChanges(store.getState().picture, changes, clock.nowMs());
    if (folded.kind === 'behind') {
      void look();
      return;
    }
    show(folded.picture);
    if (folded.auditCount !== null) store.setState({ auditCount: folded.auditCount });
  }

  function show(picture: Picture): void {
    const { selectedKey, selectedRow, choice } = store.getState();
    const isOpen = (sourceId: string): boolean => picture.sources.some((source) => source.id === sourceId);
    const sourceGone = choice.sourceId !== null && !isOpen(choice.sourceId);
    // A claim that ended stays readable, but nothing is known any more of one whose source was taken out.
    const last: ClaimRow | null = selectedRow !== null && isOpen(selectedRow.sourceId) ? selectedRow : null;
    const row: ClaimRow | null = selectedKey === null ? null : (picture.claims.get(selectedKey) ?? last);
    store.setState({
      picture,
      selectedKey: row === null ? null : selectedKey,
      selectedRow: row,
      ...(sourceGone ? { choice: { ...choice, sourceId: null } } : {}),
    });
  }

  const disposers = [
    bridge.onPush('changes', apply),
    bridge.onPush('notice', (notice) => {
      toasts.add({ tone: notice.tone, title: notice.message, text: null });
    }),
    bridge.onPush('settings', (settings) => {
      const { hello } = store.getState();
      if (hello !== null) store.setState({ hello: { ...hello, settings } });
    }),
    bridge.onConnection((state) => {
      if (state === 'lost') {
        store.setState({ connection: { kind: 'lost', sinceMs: clock.nowMs() } });
        return;
      }
      store.setState({ connection: { kind: 'connected' } });
      void greet();
    }),
  ];
  return () => {
    disposed = true;
    cancelRetry();
    for (const dispose of disposers) dispose();
  };
}
