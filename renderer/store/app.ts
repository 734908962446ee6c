import type { Bridge, Theme } from '../../contract';
import type { ActionResult, ClaimRow, SourceUndoable } from '../../core/model';
import { copyText } from '../clipboard';
import { shown } from '../text';
import { type Actions, createActions } from './action';
import { type Clock, SYSTEM_CLOCK, startTicker, type Ticker } from './clock';
import { keepDetail } from './detail';
import { createEndings } from './endings';
import { createMarks, type Marks } from './marks';
import { createOpening, type Opening } from './opening';
import type { Column } from './order';
import { keepSearchable } from './searchable';
import { keepSession } from './session';
import { keepSleep } from './sleep';
import { createSources, type Sources } from './sources';
import { type AppState, type AppStore, createAppStore, type Tab } from './state';
import { createToasts, type Toasts } from './toasts';
import { createHolderCounts, createVisible, type HolderCount, type ViewChoice, type Visible } from './visible';

/** Everything that the views may do, and the state that they show. Knows nothing of React. */
export interface App extends Opening {
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
  setOverlay(overlay: Exclude<AppState['overlay'], 'thresholds'>): void;
  /** Opens the dialog for when leases of a source are called expiring, and long over. */
  adjust(sourceId: string): void;
  setTheme(theme: Theme): void;
  loadAudit(): void;
  /** Puts back what was taken away, and tells how that ended wherever the operator looks by then. Never rejects. */
  undo(sourceId: string, undoId: string): Promise<ActionResult>;
  /** Puts text on the clipboard; false, and a notice says so, where that is not allowed. Never rejects. */
  copy(text: string): Promise<boolean>;
  dispose(): void;
}

const AUDIT_SHOWN = 500;

export function createApp(bridge: Bridge, clock: Clock = SYSTEM_CLOCK): App {
  const store = createAppStore();
  const [ticker, stopTicker] = startTicker(clock);
  const toasts = createToasts(store, clock);
  const endings = createEndings(store, toasts);
  const actions = createActions(store, bridge, clock, toasts, endings);
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

  function setOverlay(overlay: Exclude<AppState['overlay'], 'thresholds'>): void {
    store.setState({ overlay, ...(overlay === 'add-source' ? { opening: { kind: 'idle' } as const } : {}) });
  }

  async function undo(sourceId: string, undoId: string): Promise<ActionResult> {
    const kept = store.getState().undoables.find((one) => one.sourceId === sourceId && one.id === undoId);
    const what = kept === undefined ? 'Undo' : undoWords(kept);
    const reply = await bridge.request('undo', { sourceId, undoId });
    const result: ActionResult = reply.ok ? reply.value : { kind: 'failed', error: reply.message };
    endings.report(what, result);
    endings.tell(what, result);
    return result;
  }

  async function saveTheme(theme: Theme): Promise<void> {
    const { hello } = store.getState();
    if (hello === null) return;
    store.setState({ hello: { ...hello, settings: { ...hello.settings, theme } } });
    await toasts.ifRefused(bridge.request('saveSettings', { ...hello.settings, theme }));
  }

  return {
    ...createOpening(store, bridge, toasts, () => {
      setOverlay('add-source');
    }),
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
    setOverlay,
    adjust(sourceId) {
      store.setState({ overlay: 'thresholds', adjusting: sourceId });
    },
    setTheme(theme) {
      void saveTheme(theme);
    },
    loadAudit() {
      void loadAudit();
    },
    undo,
    async copy(text) {
      const isCopied = await copyText(text);
      if (!isCopied) {
        // What is short can be copied from the notice by hand.
        const byHand = text.length <= 600 ? text : 'Nothing was copied.';
        toasts.add({ tone: 'warning', title: 'The clipboard could not be reached', text: byHand });
      }
      return isCopied;
    },
    dispose() {
      for (const dispose of disposers) dispose();
      actions.dispose();
      stopTicker();
    },
  };
}

/** `Undo ledger.lock and 2 more` */
function undoWords({ file, files }: SourceUndoable): string {
  return `Undo ${shown(file, 60)}${files.length > 1 ? ` and ${(files.length - 1).toString()} more` : ''}`;
}
