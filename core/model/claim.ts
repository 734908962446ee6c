import type { Evidence } from './evidence';
import type { Instant } from './time';

/** A process as a record names it: enough to tell it from a later one with the same pid. */
export interface ProcessIdentity {
  readonly host: string;
  readonly bootId: string | null;
  /** The kernel's name of the pid namespace in which `pid` means something; null where there is none. */
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** The kernel's start time of the process, in clock ticks since boot; null where it is not recorded. */
  readonly startTicks: number | null;
}

/** Who holds a claim, as far as the source says it. */
export interface Holder {
  /** The name in the record; null where the record names nobody (or cannot be read). */
  readonly name: string | null;
  /** The process, where the record proves one. */
  readonly process: ProcessIdentity | null;
}

/** How a claim ends by itself. */
export type Lease =
  | {
      readonly kind: 'until';
      readonly expiresAt: Instant;
      /** How long after `expiresAt` the protocol still counts it as running, in ms. */
      readonly toleranceMs: number;
    }
  | { readonly kind: 'none' };

/** What an operator may do to a claim. */
export type ClaimAction = 'release' | 'reap' | 'force-release';

/** What an operator may ask for: `mend` is about a whole source. */
export type ActionKind = ClaimAction | 'mend';

/** What the audit log tells of. */
export type AuditAction = ActionKind | 'undo';

/** One holder's hold on one resource, by any mechanism. */
export interface Claim {
  /** Unique within its source, and the same for as long as the resource stays claimed: `node:1.2`. */
  readonly id: string;
  /** The protocol that reads and writes it: `ledger`. Open: a new protocol brings its own. */
  readonly protocol: string;
  /** What sort of resource it is, in one word for the table: `node`, `write-lock`. Open. */
  readonly kind: string;
  /** The bare id of the resource: `1.2.3`, `ledger.lock`. Hostile text: escape and cut it where it is shown. */
  readonly resource: string;
  /** What the source calls the resource (a node's statement), if anything. Hostile text. */
  readonly title: string | null;
  readonly holder: Holder;
  readonly acquiredAt: Instant | null;
  readonly lease: Lease;
  /** Facts that do not change with the clock. What the clock adds is derived by `leaseEvidence`. */
  readonly evidence: readonly Evidence[];
  /** The token for exactly this claim: sequence, version, identity and bytes. */
  readonly seen: string;
  /** Where the record stands, in words for the detail pane: `#10 · 000010.json`. */
  readonly recordLabel: string | null;
  /** The actions that the protocol can honestly do to such a claim; which of them now is `actionsFor`. */
  readonly possibleActions: readonly ClaimAction[];
  /** May be reaped in one step with others of its source that say so too. */
  readonly inBatch?: true;
}
