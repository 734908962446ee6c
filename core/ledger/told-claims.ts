import type { Claim } from '../model';
import type { Reading } from '../port';
import { type Beside, NOTHING_BESIDE } from './beside';
import type { LockFile } from './locks/lock-files';
import { type ClaimContext, ledgerNodeClaim, lockFileClaim, nodeClaimId } from './node-claim';
import type { LedgerReader } from './reading/ledger-reader';
import type { LedgerTransition } from './replay/replay';

/** A proof as it was just read, and what is new in it. */
export interface ClaimsNow {
  readonly reader: LedgerReader;
  readonly beside: Beside;
  /** The write lock as a claim, while it is worth showing. */
  readonly lock: Claim | null;
  /** Everything told before is void. */
  readonly reset: boolean;
  readonly transitions: readonly LedgerTransition[];
  /** Unix ms. */
  readonly nowMs: number;
}

/** Remembers what of a proof's claims was told, and tells what is new. */
export class ToldClaims {
  #toldUpTo: number | null = null;
  #toldBeside: Beside = NOTHING_BESIDE;
  #toldLock: Claim | null = null;
  #skew: { readonly node: string; readonly aheadMs: number; readonly untilMs: number } | null = null;

  /** The claim that lies farthest ahead of this machine's clock; null when none does. */
  get skew(): { readonly node: string; readonly aheadMs: number } | null {
    return this.#skew;
  }

  /** The claims that changed since they were last told, and those that ended. Cost follows what changed. */
  changed({ reader, beside, lock, reset, transitions, nowMs }: ClaimsNow): Pick<Reading, 'upserted' | 'removed'> {
    const { fault, replay } = reader;
    const lockFilesOf = (node: string): readonly LockFile[] => beside.byNode.get(node) ?? [];
    const shownUpTo = fault?.proven === true ? reader.head : null;
    const context: ClaimContext = {
      dialect: reader.dialect,
      nameOf: (sequence) => reader.nameOf(sequence),
      observedAtMs: nowMs,
      shownUpTo,
    };
    const all = reset || shownUpTo !== this.#toldUpTo;
    this.#toldUpTo = shownUpTo;
    const nodes = new Set(all ? replay.claims().map((claim) => claim.node) : []);
    // Those that ended are among them; after a reset nobody knows of them.
    if (!reset) for (const { node } of transitions) nodes.add(node);
    if (all || beside !== this.#toldBeside) {
      for (const node of [...beside.byNode.keys(), ...this.#toldBeside.byNode.keys()]) nodes.add(node);
    }
    this.#toldBeside = beside;
    const upserted: Claim[] = [];
    const removed: string[] = [];
    for (const node of nodes) {
      const held = replay.claim(node);
      const [file, ...files] = lockFilesOf(node);
      if (held !== undefined) upserted.push(ledgerNodeClaim(held, lockFilesOf(node), context));
      else if (file !== undefined) upserted.push(lockFileClaim([file, ...files], context));
      else removed.push(nodeClaimId(node));
    }
    this.#noteSkew(reset, upserted, nowMs);
    if (lock !== null && (reset || lock !== this.#toldLock)) upserted.push(lock);
    if (lock === null && this.#toldLock !== null) removed.push(this.#toldLock.id);
    this.#toldLock = lock;
    return { upserted, removed };
  }

  #noteSkew(reset: boolean, claims: readonly Claim[], nowMs: number): void {
    if (reset) this.#skew = null;
    if (this.#skew !== null && this.#skew.untilMs <= nowMs) this.#skew = null;
    for (const claim of claims) {
      const ahead = claim.evidence.find((e) => e.kind === 'taken-in-the-future');
      if (ahead !== undefined && ahead.aheadMs > (this.#skew?.aheadMs ?? 0)) {
        this.#skew = { node: claim.resource, aheadMs: ahead.aheadMs, untilMs: ahead.at.ms };
      }
    }
  }
}
