import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Hello } from '../../contract';
import type {
  ActionResult,
  AuditEntry,
  ClaimAction,
  ClaimDetail,
  ClaimRow,
  MendOffer,
  Plan,
  SourceUndoable,
} from '../../core/model';
import { DEFAULT_SORT } from './order';
import { EMPTY_PICTURE, type Picture } from './picture';
import type { Verification } from './sources';
import type { ViewChoice } from './visible';

export type Tab = 'claims' | 'doctor' | 'audit';

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'lost'; readonly sinceMs: number };

/** The selected claim in full, as far as it is here. */
export type DetailState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly detail: ClaimDetail }
  /** The claim ended while it was selected; how it was last seen, where it was. */
  | { readonly kind: 'gone'; readonly last: ClaimDetail | null }
  | { readonly kind: 'failed'; readonly message: string };

/** Where an action stands between the button and its result. */
export type ActionStage =
  /** A release needs a name before it can be planned. */
  | { readonly kind: 'needs-name' }
  | { readonly kind: 'planning' }
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** The claim is not what was seen any more; nothing was or will be written. */
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string }
  /** `isLong`: it takes longer than a write does. */
  | { readonly kind: 'committing'; readonly plan: Plan; readonly isLong: boolean }
  | { readonly kind: 'ended'; readonly plan: Plan; readonly result: ActionResult };

/** What an action is about, as it was when the operator asked; the dialog is about exactly this. */
export type ActionSubject =
  | {
      readonly kind: 'claims';
      readonly action: ClaimAction;
      readonly sourceId: string;
      /** At least one, all of one source; more than one only for a reap. */
      readonly claims: readonly ClaimRow[];
    }
  | { readonly kind: 'mend'; readonly sourceId: string; readonly title: string; readonly offer: MendOffer };

export interface ActionDialogState {
  readonly subject: ActionSubject;
  /** Unix ms of this machine's clock: since when it has been seen unchanged. */
  readonly seenSinceMs: number;
  readonly actAs: string;
  readonly stage: ActionStage;
}

export type OpeningState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'opening'; readonly path: string | null }
  | { readonly kind: 'failed'; readonly message: string };

export interface Toast {
  readonly id: number;
  readonly tone: 'done' | 'info' | 'warning' | 'error';
  readonly title: string;
  readonly text: string | null;
}

export type AuditState =
  | { readonly kind: 'none' }
  | { readonly kind: 'ready'; readonly entries: readonly AuditEntry[] }
  | { readonly kind: 'failed'; readonly message: string };

export interface AppState {
  readonly connection: Connection;
  readonly hello: Hello | null;
  /** How far the host's clock is ahead of this one, in ms. */
  readonly clockAheadMs: number;
  readonly picture: Picture;
  /** False until the first rows are here. */
  readonly loaded: boolean;
  /** How many claims of the first picture are here, while it comes in parts; null once it is whole. */
  readonly arriving: { readonly done: number; readonly total: number } | null;
  /** Why there is no picture, where asking for it failed. */
  readonly trouble: string | null;
  readonly tab: Tab;
  readonly choice: ViewChoice;
  readonly selectedKey: string | null;
  /** Claims that are marked, to be reaped together: by key, what was seen. Some may have ended or changed meanwhile. */
  readonly marked: ReadonlyMap<string, string>;
  /** The selected row as last seen: it stays readable after the claim ended. */
  readonly selectedRow: ClaimRow | null;
  readonly detail: DetailState;
  readonly dialog: ActionDialogState | null;
  readonly overlay: 'none' | 'help' | 'palette' | 'add-source' | 'thresholds';
  /** The source whose thresholds are being adjusted, while that overlay is open. */
  readonly adjusting: string | null;
  readonly opening: OpeningState;
  readonly toasts: readonly Toast[];
  /** The result of the last action, for the status bar. */
  readonly lastResult: { readonly tone: Toast['tone']; readonly text: string } | null;
  readonly auditCount: number;
  readonly audit: AuditState;
  /** What was taken away and is kept, as of the last look at the audit log. */
  readonly undoables: readonly SourceUndoable[];
  /** By the source's id: what was verified, or is just being. */
  readonly verified: ReadonlyMap<string, Verification>;
  /** The clock moved by so much at once (below zero: back), and not all was looked at again yet. */
  readonly clockMoved: { readonly byMs: number } | null;
}

export type AppStore = StoreApi<AppState>;

export function createAppStore(): AppStore {
  return createStore<AppState>(() => ({
    connection: { kind: 'connecting' },
    hello: null,
    clockAheadMs: 0,
    picture: EMPTY_PICTURE,
    loaded: false,
    arriving: null,
    trouble: null,
    tab: 'claims',
    choice: { preset: 'all', filter: '', sourceId: null, holder: null, sort: DEFAULT_SORT },
    selectedKey: null,
    marked: new Map(),
    selectedRow: null,
    detail: { kind: 'none' },
    dialog: null,
    overlay: 'none',
    adjusting: null,
    opening: { kind: 'idle' },
    toasts: [],
    lastResult: null,
    auditCount: 0,
    audit: { kind: 'none' },
    undoables: [],
    verified: new Map(),
    clockMoved: null,
  }));
}
