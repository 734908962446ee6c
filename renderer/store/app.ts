import type { Bridge, Theme } from '../../contract';
import type { ActionResult, ClaimRow, OpenOutcome } from '../../core/model';
import { assertNever } from '../../core/model';
import { type Actions, createActions } from './action';
import { type Clock, SYSTEM_CLOCK, startTicker, type Ticker } from './clock';
import { keepDetail } from './detail';
import { createMarks, type Marks } from './marks';
import type { Column } from './order';
import { keepSearchable } from './searchable';
import { keepSession } from './session';
import { keepSleep } from './sleep';
import { createSources, type Sources } from './sources';
import { type AppState, type AppStore, createAppStore, type Tab } from './state';
import { createToasts, type Toasts } from './toasts';
import { createHolderCounts, createVisible, type HolderCount, type ViewChoice, type Visible } from './visible';

/** Everything that the views may do, and the state that they show. Knows nothing of React. */
export interface App {
  readonly store: AppStore;
  readonly ticker: Ticker;
  readonly actions: Actions;
  readonly toasts: Toasts;
  readonly sources: Sources;
  readonly marks: Marks;
  /** The rows to show; the same object as long as nothing changes. */
  visible(state: AppState): Visible;
  holders(state: AppState): readonly HolderCount[];
  choose(change: Partial<ViewChoice>): void;
  /** Sorts by a column, or turns the order round when it already is the one. */
  sortBy(column: Column): void;
  /** Nothing filtered, no single source or holder. */
  clearFilter(): void;
  show(tab: Tab): void;
  select(key: string | null): void;
  /** Moves the selection by so many rows; without one, to the first. */
  move(by: number): void;
  setOverlay(overlay: AppState['overlay']): void;
  setTheme(theme: Theme): void;
  /** Asks for a folder where the host can, otherwise for a path. */
  addSource(): void;
  openPath(path: string): Promise<boolean>;
  dropped(files: readonly File[]): void;
  loadAudit(): void;
  /** Puts back what was taken away. Never rejects. */
  undo(sourceId: string, undoId: string): Promise<ActionResult>;
  dispose(): void;
}

const AUDIT_SHOWN = 500;

export function createApp(bridge: Bridge, clock: Clock = SYSTEM_CLOCK): App {
  const store = createAppStore();
  const [ticker, stopTicker] = startTicker(clock);
  const toasts = createToasts(store, clock);
  const actions = createActions(store, bridge, clock, toasts);
  const visible = createVisible();
  const holderCounts = createHolderCounts();
  const visibleIn = (state: AppState): Visible => visible(state.picture, state.choice);

  const disposers = [
    keepSession(store, bridge, clock, toasts),
    keepDetail(store, bridge, clock),
    keepSearchable(store, clock),
    keepSleep(store, ticker, clock),
    store.subscribe((state, before) => {
      if (state.tab !== 'claims' && state.auditCount !== before.auditCount) void loadAudit();
    }),
  ];

  function choose(change: Partial<ViewChoice>): void {
    store.setState((state) => ({ choice: { ...state.choice, ...change } }));
  }

  /** Where the selected row stood when it was selected. */
  let lastIndex = 0;

  function select(key: string | null): void {
    lastIndex = (key === null ? undefined : visibleIn(store.getState()).indexOf(key)) ?? 0;
    const { picture, selectedKey, selectedRow } = store.getState();
    if (key === selectedKey) return;
    const row: ClaimRow | null = key === null ? null : (picture.claims.get(key) ?? selectedRow);
    store.setState({ selectedKey: key, selectedRow: row });
  }

  async function loadAudit(): Promise<void> {
    const [reply, kept] = await Promise.all([
      bridge.request('audit', { limit: AUDIT_SHOWN }),
      bridge.request('undoables', {}),
    ]);
    store.setState({
      // Without the list nothing can be undone from here; the log can be read all the same.
      undoables: kept.ok ? kept.value : [],
      audit: reply.ok ? { kind: 'ready', entries: reply.value } : { kind: 'failed', message: reply.message },
    });
  }

  function opened(outcome: OpenOutcome): boolean {
    switch (outcome.kind) {
      case 'opened':
        store.setState({ opening: { kind: 'idle' }, tab: 'claims' });
        return true;
      case 'nothing-found':
        store.setState({ opening: { kind: 'failed', message: outcome.message } });
        return false;
      case 'cancelled':
        store.setState({ opening: { kind: 'idle' } });
        return false;
      default:
        return assertNever(outcome);
    }
  }

  async function openPath(path: string): Promise<boolean> {
    store.setState({ opening: { kind: 'opening', path } });
    const reply = await bridge.request('open', { path });
    if (reply.ok) return opened(reply.value);
    store.setState({ opening: { kind: 'failed', message: reply.message } });
    return false;
  }

  async function pickFolder(): Promise<void> {
    store.setState({ opening: { kind: 'opening', path: null } });
    const reply = await bridge.request('pickFolder', {});
    if (reply.ok) opened(reply.value);
    else store.setState({ opening: { kind: 'failed', message: reply.message } });
    tellFailure();
  }

  /** Outside of its dialog, a path that could not be opened is told in a toast. */
  function tellFailure(): void {
    const { opening, overlay } = store.getState();
    if (opening.kind !== 'failed' || overlay === 'add-source') return;
    toasts.add({ tone: 'warning', title: 'Nothing was opened', text: opening.message });
    store.setState({ opening: { kind: 'idle' } });
  }

  async function tell(
    what: Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>,
  ): Promise<void> {
    const reply = await what;
    if (!reply.ok) toasts.add({ tone: 'error', title: 'That did not work', text: reply.message });
  }

  async function saveTheme(theme: Theme): Promise<void> {
    const { hello } = store.getState();
    if (hello === null) return;
    store.setState({ hello: { ...hello, settings: { ...hello.settings, theme } } });
    await tell(bridge.request('saveSettings', { ...hello.settings, theme }));
  }

  return {
    store,
    ticker,
    actions,
    toasts,
    sources: createSources(store, bridge, clock, toasts),
    marks: createMarks(store, visibleIn),
    visible: visibleIn,
    holders: (state) => holderCounts(state.picture.claims),
    choose,
    sortBy(column) {
      const { sort } = store.getState().choice;
      const turned = sort.direction === 'ascending' ? 'descending' : 'ascending';
      choose({ sort: { column, direction: sort.column === column ? turned : 'ascending' } });
    },
    clearFilter() {
      choose({ filter: '', sourceId: null, holder: null });
    },
    show(tab) {
      store.setState({ tab });
      if (tab === 'audit') void loadAudit();
    },
    select,
    move(by) {
      const state = store.getState();
      const { rows, indexOf } = visibleIn(state);
      const from = state.selectedKey === null ? undefined : indexOf(state.selectedKey);
      // A claim that ended leaves its place to the next one.
      const start = from ?? (by < 0 ? lastIndex : lastIndex - 1);
      // With nothing selected yet every step is to the first row, but for the one to the last.
      const wanted = state.selectedKey === null && Number.isFinite(by) ? 0 : start + by;
      const to = Math.min(rows.length - 1, Math.max(0, wanted));
      const row = rows[to];
      if (row !== undefined) select(row.key);
    },
    setOverlay(overlay) {
      store.setState({ overlay, ...(overlay === 'add-source' ? { opening: { kind: 'idle' } as const } : {}) });
    },
    setTheme(theme) {
      void saveTheme(theme);
    },
    addSource() {
      if (store.getState().hello?.canPickFolder === true) void pickFolder();
      else this.setOverlay('add-source');
    },
    openPath,
    dropped(files) {
      const paths = files.map((file) => bridge.droppedPath?.(file) ?? null).filter((path) => path !== null);
      if (paths.length === 0) {
        this.setOverlay('add-source');
        toasts.add({
          tone: 'info',
          title: 'A browser does not tell where a folder lies',
          text: 'Type its path instead.',
        });
        return;
      }
      void (async () => {
        for (const path of paths) {
          await openPath(path);
          tellFailure();
        }
      })();
    },
    loadAudit() {
      void loadAudit();
    },
    async undo(sourceId, undoId) {
      const reply = await bridge.request('undo', { sourceId, undoId });
      return reply.ok ? reply.value : { kind: 'failed', error: reply.message };
    },
    dispose() {
      for (const dispose of disposers) dispose();
      actions.dispose();
      stopTicker();
    },
  };
}
