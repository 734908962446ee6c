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

/** Somebody who waits for a resource, as far as it is seen. */
export interface Waiter {
  /** Null where the system does not tell who it is. */
  readonly process: ProcessIdentity | null;
  /** What it runs, for people to read. Hostile text. */
  readonly name: string | null;
  /** `blocked`: the kernel lists it as waiting. `possible`: it has the file open and holds no lock on it; it may ask again and again. */
  readonly how: 'blocked' | 'possible';
  /** Unix ms of our clock when we first saw it wait: no kernel keeps when that began. */
  readonly sinceMs: number;
}

/** When a protocol's own tools begin to say that a lease is about to end, and that it is long over. */
export interface LeaseBands {
  /** This long before its end a lease is expiring, in ms. */
  readonly nearExpiryMs: number;
  /** This long after its end it is worth saying so once more, in ms. */
  readonly longOverMs: number;
}

/** What ends a claim in its source's own records. */
export type EndAction = 'release' | 'reap' | 'force-release';

/**
 * What ends the process that holds a claim, where nothing else ends the claim: a signal that it may answer in its own
 * way, and one that it cannot.
 */
export type SignalAction = 'terminate' | 'kill';

/** What an operator may do to a claim. */
export type ClaimAction = EndAction | SignalAction;

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
  /** Who is seen waiting for it, in the order in which we saw them; absent where nobody is, or none can be seen. */
  readonly waiters?: readonly Waiter[];
  /** Where its protocol has thresholds of its own. Absent: the last fifth of the lease, at most 5 minutes, is its last part. */
  readonly bands?: LeaseBands;
}
