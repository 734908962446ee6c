import { z } from 'zod';
import {
  type ActionResult,
  type AuditEntry,
  type Changes,
  type ClaimDetail,
  type ClaimRow,
  MEND_KINDS,
  MOST_CLAIMS_AT_ONCE,
  type OpenOutcome,
  type PlanOutcome,
  type SourceRow,
  type SourceUndoable,
  type VerifyOutcome,
} from '../core/model';

// Under a strict CSP zod may not build functions from strings.
z.config({ jitless: true });

const id = z.string().min(1).max(512);
const seen = z.string().min(1).max(256);
const text = z.string().max(4096);

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const settings = z.strictObject({
  theme: z.enum(THEMES),
  /** The name that the operator acts as in a release; empty when none is set. */
  actAs: z.string().max(256),
});
export type Settings = z.infer<typeof settings>;

/** A week is longer than anybody waits for a lease. */
const bandMs = z.number().int().min(0).max(604_800_000);
/** See `LeaseBands`. */
export const bands = z.strictObject({ nearExpiryMs: bandMs, longOverMs: bandMs });

/** The parameters of every request that a renderer may send. What does not parse is answered with a refusal. */
export const requestSchemas = {
  hello: z.strictObject({}),
  /** Everything at one revision, from its beginning; whatever was left of an earlier one is dropped. */
  snapshot: z.strictObject({}),
  /** What comes next of it. A token is good once, for a minute, and only for whoever asked for the snapshot. */
  moreOfSnapshot: z.strictObject({ token: id }),
  detail: z.strictObject({ key: id }),
  /** What ending these claims would do, all in one step. More than one only for a reap, and all of one source. */
  plan: z.strictObject({
    claims: z
      .array(z.strictObject({ key: id, seen }))
      .min(1)
      .max(MOST_CLAIMS_AT_ONCE),
    action: z.enum(['release', 'reap', 'force-release', 'terminate', 'kill']),
    actAs: z.string().max(256).nullable(),
  }),
  /** What a mend would do that a finding of the source offers (`Finding.mend`). It is committed like any other plan. */
  planMend: z.strictObject({ sourceId: id, mend: z.enum(MEND_KINDS), seen }),
  commit: z.strictObject({ planId: id, reason: text.nullable(), confirmation: text.nullable() }),
  /** Opens a folder, or looks below it. Absolute. */
  open: z.strictObject({ path: z.string().min(1).max(4096) }),
  /** Asks the system for a folder and opens it; only where `Hello.canPickFolder`. */
  pickFolder: z.strictObject({}),
  /** By which thresholds the leases of a source are shown, also from the next start on; null: as its own tools have them. */
  setBands: z.strictObject({ sourceId: id, bands: bands.nullable() }),
  /** Takes a source out of the workspace; nothing on disk changes. */
  close: z.strictObject({ sourceId: id }),
  /** Gives up the first reading of a source; it stays open, and is read when `reread` asks for it. */
  cancelReading: z.strictObject({ sourceId: id }),
  /** Reads a source again from the start. */
  reread: z.strictObject({ sourceId: id }),
  /** Reads a source again from the start and tells whether it is what was shown. */
  verify: z.strictObject({ sourceId: id }),
  audit: z.strictObject({ limit: z.number().int().min(1).max(1000) }),
  /** What was taken away from the open sources and is kept. */
  undoables: z.strictObject({}),
  /** Puts one of them back. */
  undo: z.strictObject({ sourceId: id, undoId: id }),
  saveSettings: settings,
} as const;

export type Channel = keyof typeof requestSchemas;
export type Request<C extends Channel> = z.infer<(typeof requestSchemas)[C]>;

/** Who answers, and what it can do. */
export interface Hello {
  readonly host: 'electron' | 'web';
  readonly version: string;
  readonly readOnly: boolean;
  readonly canPickFolder: boolean;
  /** Unix ms of the host's clock at the answer. */
  readonly nowMs: number;
  readonly settings: Settings;
  readonly auditCount: number;
}

/** The beginning of a snapshot: all sources, and the first of its claims. */
export interface SnapshotStart {
  readonly revision: number;
  readonly sources: readonly SourceRow[];
  readonly claims: readonly ClaimRow[];
  /** How many claims it has in all. */
  readonly total: number;
  /** Asks for more of it; null when this was all. */
  readonly next: string | null;
}

/** More of a snapshot, of the same revision as its beginning. */
export type SnapshotPart =
  | { readonly kind: 'claims'; readonly claims: readonly ClaimRow[]; readonly next: string | null }
  /** The token is not good, or not any more: ask for a snapshot again. */
  | { readonly kind: 'over' };

/** What each request is answered with, when it is not refused. */
export interface Replies {
  hello: Hello;
  snapshot: SnapshotStart;
  moreOfSnapshot: SnapshotPart;
  /** Null when there is no such claim any more. */
  detail: ClaimDetail | null;
  plan: PlanOutcome;
  planMend: PlanOutcome;
  commit: ActionResult;
  open: OpenOutcome;
  pickFolder: OpenOutcome;
  setBands: null;
  close: null;
  cancelReading: null;
  reread: null;
  verify: VerifyOutcome;
  /** Newest first. */
  audit: readonly AuditEntry[];
  /** Newest first. */
  undoables: readonly SourceUndoable[];
  undo: ActionResult;
  saveSettings: Settings;
}

/** Every request gets an answer, a refusal included; silence is never one. */
export type Reply<C extends Channel> =
  | { readonly ok: true; readonly value: Replies[C] }
  | { readonly ok: false; readonly code: 'bad-request' | 'not-allowed' | 'broken'; readonly message: string };

/** What a host sends unasked. */
export interface Pushes {
  changes: Changes;
  /** Something that the operator should read once: a peer broke a proof after our write. */
  notice: { readonly tone: 'error' | 'info'; readonly message: string };
  /** The settings changed, by whichever window or menu. */
  settings: Settings;
}

/** The only door from the renderer to a host. A host implements it; the preload exposes it. */
export interface Bridge {
  request<C extends Channel>(channel: C, params: Request<C>): Promise<Reply<C>>;
  /** Returns the disposer. */
  onPush<P extends keyof Pushes>(push: P, listener: (value: Pushes[P]) => void): () => void;
  /** Whether the host answers; a web host may be gone for a while. Calls at once with the present state. */
  onConnection(listener: (state: 'connected' | 'lost') => void): () => void;
  /** The folder behind a dropped file or folder, where the host can tell. */
  droppedPath?(file: File): string | null;
}

/**
 * The door as the desktop's preload exposes it. What the host says passes as JSON: between two worlds of one page a
 * text is copied at once, anything else value by value, which takes many times longer than parsing it.
 */
export interface TextDoor {
  /** Gives a `Reply` of the channel. */
  request(channel: Channel, params: unknown): Promise<string>;
  /** The listener gets the push's value. Returns the disposer. */
  onPush(push: keyof Pushes, listener: (value: string) => void): () => void;
  readonly onConnection: Bridge['onConnection'];
  droppedPath(file: File): string | null;
}
