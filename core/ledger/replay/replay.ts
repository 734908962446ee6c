import type { Instant, TransitionKind } from '../../model';
import type { LedgerFinding } from '../findings';
import type { TransitionLog } from './transition-log';

export type Dialect = 'living' | 'seed';

/** A claim as a ledger's own replay knows it, before anybody judges it. */
export interface LedgerClaim {
  readonly node: string;
  /** Exactly as written; may be empty. */
  readonly owner: string;
  /** The timestamp of the claiming event; null where it has none. */
  readonly acquiredAt: Instant | null;
  /** Null where the event names none (Go's zero time counts as none). */
  readonly expiresAt: Instant | null;
  /** The event that made the claim. */
  readonly claimedBy: number;
  /** The event that last changed it (an extension, or the claim itself). */
  readonly changedBy: number;
  /** SHA-256, hex, of the bytes of that last event. */
  readonly digest: string;
  /** The node's statement, where the ledger tells one. */
  readonly statement: string | null;
}

export interface LedgerTransition {
  readonly node: string;
  readonly kind: TransitionKind;
  readonly at: Instant | null;
  readonly sequence: number;
  readonly holder: string | null;
  readonly until: Instant | null;
}

export type ApplyOutcome =
  | {
      readonly kind: 'applied';
      readonly type: string;
      readonly transitions: readonly LedgerTransition[];
      /** Worth telling, but no reason to stop (in the seed dialect: a release of a node that nobody holds). */
      readonly findings: readonly LedgerFinding[];
    }
  /** The program that owns this dialect could not read the ledger from here on. Nothing was applied. */
  | { readonly kind: 'refused'; readonly finding: LedgerFinding };

/**
 * One dialect's replay: a fold over events in their order. Constant cost an event.
 * `apply` never throws, whatever the bytes.
 */
export interface Replay {
  readonly dialect: Dialect;
  /** Applies event `sequence` (the caller checks that it is the next one). */
  apply(sequence: number, bytes: Uint8Array): ApplyOutcome;
  /**
   * The same where there may be very many events: what it changed is added to `log`, instead of being told.
   * `areLasting`: nobody writes into the buffer of the bytes any more, and it may be held until `letGo`.
   */
  applyInto(log: TransitionLog, sequence: number, bytes: Uint8Array, areLasting?: boolean): ApplyOutcome;
  /** Lets go of all buffers that it may hold. Cost follows the claims. */
  letGo(): void;
  /** What `apply` would say, leaving everything as it is. Cost follows the event, not the ledger. */
  check(sequence: number, bytes: Uint8Array): ApplyOutcome;
  claim(node: string): LedgerClaim | undefined;
  /** All claims, by node number: `1.9` before `1.10`. */
  claims(): readonly LedgerClaim[];
  /**
   * All that it knows, in JSON texts of a few hundred entries each: a fresh replay of the same dialect that takes them
   * up goes on exactly as this one. Nothing may be applied until the last was given.
   */
  parts(): IterableIterator<string>;
  /** Takes up one of the texts that `parts` gave; before any event. Throws for any other text. */
  takeUp(part: string): void;
}
