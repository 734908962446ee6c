import type { Bridge, Hello } from '../../contract';
import type { Changes, ClaimRow } from '../../core/model';
import type { Clock } from './clock';
import { Arriving, foldChanges, type Picture } from './picture';
import type { AppStore } from './state';
import type { Toasts } from './toasts';

const RETRY_MS = 1_000;
/** From so many claims on, there is a pause between two foldings: the more claims, the longer. */
const LARGE = 5_000;
const CLAIMS_A_MS = 1_000;

/**
 * Keeps the picture in the store equal to the host's: a snapshot first, then ordered changes; whenever changes
 * do not follow on what is here, a snapshot again. Returns the disposer.
 */
export function keepSession(store: AppStore, bridge: Bridge, clock: Clock, toasts: Toasts): () => void {
  let disposed = false;
  /** Changes that came while a snapshot was under way; null when none is. */
  let held: Changes[] | null = null;
  /** Changes that are not folded yet. */
  let queue: Changes[] = [];
  /** Set for the pause after a folding in a large picture. */
  let cancelFold: (() => void) | null = null;
  /** Whether a whole picture was ever here. */
  let whole = false;
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
    const trouble = await takeSnapshot();
    const missed = held;
    held = null;
    if (disposed) return;
    if (trouble !== null) {
      store.setState({ trouble });
      retry(look);
      return;
    }
    store.setState({ loaded: true, trouble: null, arriving: null });
    queue = missed;
    foldQueue();
  }

  /** Asks for part after part until the picture is whole; returns why that did not work, in words. */
  async function takeSnapshot(): Promise<string | null> {
    const first = await bridge.request('snapshot', {});
    if (!first.ok) return first.message;
    const arriving = new Arriving(first.value, store.getState().picture);
    arriving.add(first.value.claims);
    for (let { next } = first.value; next !== null && !disposed; ) {
      // Rows are shown as they come where there are none yet; a picture that is whole stays until the new one is.
      if (!whole) {
        show(arriving.picture());
        store.setState({ loaded: true, trouble: null, arriving: { done: arriving.done, total: arriving.total } });
      }
      const more = await bridge.request('moreOfSnapshot', { token: next });
      if (!more.ok) return more.message;
      if (more.value.kind === 'over') return 'It took too long to take everything over. Trying again.';
      arriving.add(more.value.claims);
      next = more.value.next;
    }
    if (disposed) return null;
    show(arriving.picture());
    whole = true;
    return null;
  }

  function retry(what: () => Promise<void>): void {
    cancelRetry();
    cancelRetry = clock.after(RETRY_MS, () => {
      if (store.getState().connection.kind !== 'lost') void what();
    });
  }

  function receive(changes: Changes): void {
    if (held !== null) held.push(changes);
    else if (whole) {
      queue.push(changes);
      if (cancelFold === null) foldQueue();
    }
  }

  /** A change is shown at once; in a large picture those that follow closely are taken together. */
  function foldQueue(): void {
    const folded = foldChanges(store.getState().picture, queue.splice(0), clock.nowMs());
    if (folded.kind === 'behind') {
      void look();
      return;
    }
    show(folded.picture);
    if (folded.auditCount !== null) store.setState({ auditCount: folded.auditCount });
    const { size } = folded.picture.claims;
    if (size < LARGE) return;
    cancelFold = clock.after(size / CLAIMS_A_MS, () => {
      cancelFold = null;
      if (queue.length > 0 && held === null) foldQueue();
    });
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
    bridge.onPush('changes', receive),
    bridge.onPush('notice', (notice) => {
      toasts.add({
        tone: notice.tone,
        title: notice.tone === 'error' ? 'Look at this' : 'Worth knowing',
        text: notice.message,
      });
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
    cancelFold?.();
    for (const dispose of disposers) dispose();
  };
}
