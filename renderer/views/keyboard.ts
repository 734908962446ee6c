import { useEffect } from 'react';
import type { ClaimAction } from '../../core/model';
import type { App } from '../store/app';
import { PRESETS } from '../store/filter';
import { useApp } from './app-context';
import { DETAIL_ID, GRID_ID, SEARCH_ID } from './element-ids';

/** Every key and what it does, for the help and nowhere else said differently. */
export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: ['/'], what: 'Filter the claims' },
  { keys: ['j', '↓'], what: 'Next claim' },
  { keys: ['k', '↑'], what: 'Claim before' },
  { keys: ['Home', 'End'], what: 'First and last claim' },
  { keys: ['Enter'], what: 'Go to the detail of the claim' },
  { keys: ['Esc'], what: 'Back, or clear marks and filter' },
  { keys: ['PgUp', 'PgDn'], what: 'A page up or down' },
  { keys: ['r'], what: 'Release the claim' },
  { keys: ['R'], what: 'Reap the claim, or those that are marked' },
  { keys: ['Space'], what: 'Mark the claim, to reap it with others' },
  { keys: ['F'], what: 'Force-release the claim' },
  { keys: ['t'], what: 'Tell the holder of a kernel lock to end' },
  { keys: ['K'], what: 'Kill a holder that did not end' },
  { keys: ['1', '…', '4'], what: 'All, stale, contended, expiring' },
  { keys: ['Ctrl', 'K'], what: 'Command palette' },
  { keys: ['?'], what: 'This list' },
];

const PAGE = 15;

export function useKeyboard(): void {
  const app = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const { dialog, overlay } = app.store.getState();
      if (dialog !== null || overlay !== 'none') return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        app.setOverlay('palette');
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (handle(app, event)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [app]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="menu"], [role^="menuitem"]'))
  );
}

/** Whether the key stands on something that has its own use for Enter, Home or the arrows. */
function isOnControl(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('button, a, summary, [role="tab"], [tabindex="0"]:not([role="grid"])')
  );
}

/** True when the key was one of ours. */
function handle(app: App, event: KeyboardEvent): boolean {
  const { tab, selectedKey, choice } = app.store.getState();
  switch (event.key) {
    case '/':
      app.show('claims');
      document.getElementById(SEARCH_ID)?.focus();
      return true;
    case '?':
      app.setOverlay('help');
      return true;
    case 'Escape':
      return back(app);
    default:
      break;
  }
  if (tab !== 'claims') return false;
  switch (event.key) {
    case 'j':
      return step(app, 1);
    case 'k':
      return step(app, -1);
    case 'ArrowDown':
      return !isOnControl(event.target) && step(app, 1);
    case 'ArrowUp':
      return !isOnControl(event.target) && step(app, -1);
    case 'PageDown':
      return !isOnControl(event.target) && step(app, PAGE);
    case 'PageUp':
      return !isOnControl(event.target) && step(app, -PAGE);
    case 'Home':
      return !isOnControl(event.target) && step(app, Number.NEGATIVE_INFINITY);
    case 'End':
      return !isOnControl(event.target) && step(app, Number.POSITIVE_INFINITY);
    case 'Enter':
      if (selectedKey === null || isOnControl(event.target)) return false;
      document.getElementById(DETAIL_ID)?.focus();
      return true;
    case ' ':
      if (selectedKey === null || isOnControl(event.target)) return false;
      app.marks.toggle(selectedKey);
      return true;
    case 'r':
      return act(app, 'release');
    case 'R':
      return reapMarked(app) || act(app, 'reap');
    case 'F':
      return act(app, 'force-release');
    case 't':
      return act(app, 'terminate');
    case 'K':
      return act(app, 'kill');
    case '1':
    case '2':
    case '3':
    case '4': {
      const preset = PRESETS[Number(event.key) - 1];
      if (preset !== undefined && choice.preset !== preset) app.choose({ preset });
      return true;
    }
    default:
      return false;
  }
}

function step(app: App, by: number): boolean {
  app.move(by);
  const focused = document.activeElement;
  if (focused === null || focused === document.body) document.getElementById(GRID_ID)?.focus();
  return true;
}

function act(app: App, action: ClaimAction): boolean {
  const { selectedKey, picture } = app.store.getState();
  const row = selectedKey === null ? undefined : picture.claims.get(selectedKey);
  if (row === undefined) return false;
  if (row.actions.includes(action)) app.actions.begin(row.key, action);
  return true;
}

/** Where claims are marked, those of the source with the most of them; false where none are. */
function reapMarked(app: App): boolean {
  const { rows, groups } = app.marks.now(app.store.getState());
  const [group] = groups;
  if (group !== undefined) app.actions.beginReap(group);
  return rows.length > 0;
}

/** One step back: from the detail to the table, from a filter to all claims, from marks to none, from a claim to none. */
function back(app: App): boolean {
  const { choice, selectedKey } = app.store.getState();
  const detail = document.getElementById(DETAIL_ID);
  if (detail?.contains(document.activeElement) === true) {
    document.getElementById(GRID_ID)?.focus();
  } else if (app.marks.now(app.store.getState()).rows.length > 0) {
    app.marks.clear();
  } else if (choice.filter !== '' || choice.holder !== null || choice.sourceId !== null) {
    app.clearFilter();
  } else if (selectedKey !== null) {
    app.select(null);
  } else {
    return false;
  }
  return true;
}
