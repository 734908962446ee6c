import type { Host } from '../../host/host';
import {
  allEvidence,
  assertNever,
  type Claim,
  type EndAction,
  isStale,
  judge,
  quoteHostile,
  type SeenClaim,
  verdictWord,
} from '../../model';
import type { LockFile } from '../locks/lock-files';
import { appendersWithoutCas } from '../locks/peers';
import { ledgerNodeClaim, nodeOfClaim } from '../node-claim';
import type { LedgerReader } from '../reading/ledger-reader';
import type { LedgerClaim } from '../replay/replay';

/** What an action is checked against: the ledger as the reader knows it now. */
export interface ActionGround {
  readonly reader: LedgerReader;
  readonly host: Host;
  /** The lock files of a node, as they were just before. */
  readonly lockFilesOf: (node: string) => readonly LockFile[];
  /** The lock files of some nodes, read at this moment. Waits for nothing. */
  readonly lockFilesNow: (nodes: ReadonlySet<string>) => ReadonlyMap<string, readonly LockFile[]>;
}

/** A claim of the ledger that is still exactly what was seen. */
export interface HeldClaim {
  readonly node: string;
  readonly held: LedgerClaim;
  readonly claim: Claim;
}

export type ClaimCheck =
  | ({ readonly kind: 'holds' } & HeldClaim)
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Whether an action may end a claim of the ledger: it must be what was seen, and the action must suit it. */
export function checkClaim(
  ground: ActionGround,
  wanted: SeenClaim & { readonly action: EndAction; readonly actAs: string | null },
): ClaimCheck {
  const { reader } = ground;
  const unreadable = unreadableReason(reader);
  if (unreadable !== null) return { kind: 'refused', reasons: [unreadable] };
  const node = nodeOfClaim(wanted.claimId);
  if (node === null) return { kind: 'refused', reasons: ['Only the claim of a node can be ended here.'] };
  const shown = quoteHostile(node);
  const held = reader.replay.claim(node);
  if (held === undefined) {
    return {
      kind: 'conflict',
      message: `Node ${shown} is not claimed any more: the ledger has gone on to #${reader.head.toString()}. Nothing was written.`,
    };
  }
  const claim = ledgerNodeClaim(held, ground.lockFilesOf(node), {
    dialect: reader.dialect,
    nameOf: (sequence) => reader.nameOf(sequence),
    observedAtMs: ground.host.clock.nowMs(),
    shownUpTo: null,
  });
  if (claim.seen !== wanted.seen)
    return { kind: 'conflict', message: `${changedWords(held, shown)} Nothing was written.` };
  // Nobody need tell that a writer who had been stopped wrote over an event.
  if (!reader.stand([held.claimedBy, held.changedBy])) {
    return { kind: 'conflict', message: `${replacedWords(held, shown)} Nothing was written.` };
  }
  const refused = ruleAgainst(wanted, claim, held, ground.host.clock.nowMs());
  return refused === null ? { kind: 'holds', held, claim, node } : { kind: 'refused', reasons: [refused] };
}

/** Why nothing may be written into this ledger, in sentences; null when it may. */
export function unreadableReason(reader: LedgerReader): string | null {
  if (reader.outOfReach !== null) return `The ledger cannot be read: ${reader.outOfReach}.`;
  if (reader.fault !== null) {
    return reader.fault.proven
      ? `Its own tools cannot read this proof from #${reader.fault.sequence.toString()} on, so nothing is written into it. Mend it first.`
      : `${reader.fault.finding.message} What cannot be read is not written into.`;
  }
  if (reader.mixed !== null) return `${reader.mixed} Nothing that we could write would suit both.`;
  return reader.blocked;
}

/** Processes that would append to this proof without looking again, as a reason to wait; null when there is none. */
export function peerReason(ground: ActionGround): string | null {
  const [peer] = appendersWithoutCas(ground.host.processes.near(ground.reader.proofFolder));
  if (peer === undefined) return null;
  const command = quoteHostile(peer.argv.join(' '), 80);
  return `Process ${peer.pid.toString()} (${command}) is at work on this proof and appends without looking again: its late event could break the proof after ours. Try again when it has ended.`;
}

function changedWords(held: LedgerClaim, shown: string): string {
  const until = held.expiresAt === null ? '' : ` until ${held.expiresAt.text}`;
  const since =
    held.changedBy === held.claimedBy
      ? `since #${held.claimedBy.toString()}`
      : `extended by #${held.changedBy.toString()}`;
  return `The claim on node ${shown} is not the one that you saw: ${quoteHostile(held.owner)} holds it${until}, ${since}.`;
}

function replacedWords({ claimedBy, changedBy }: LedgerClaim, shown: string): string {
  const events = claimedBy === changedBy ? '' : ` or #${changedBy.toString()}`;
  return `Event #${claimedBy.toString()}${events}, by which node ${shown} is claimed, is not the file that was read: somebody wrote over it.`;
}

function ruleAgainst(
  wanted: { readonly action: EndAction; readonly actAs: string | null },
  claim: Claim,
  held: LedgerClaim,
  nowMs: number,
): string | null {
  const owner = quoteHostile(held.owner);
  switch (wanted.action) {
    case 'reap': {
      const verdict = judge(claim, allEvidence(claim, nowMs), nowMs);
      if (isStale(verdict)) return null;
      return `The claim of ${owner} is ${verdictWord(verdict).toLowerCase()}. Only a stale claim is reaped; a force-release ends any other.`;
    }
    case 'release':
      if (wanted.actAs === null || wanted.actAs === '') return 'A release needs the name that you act as.';
      return wanted.actAs === held.owner
        ? null
        : `${owner} holds it, not ${quoteHostile(wanted.actAs)}. A release ends only a claim of the name that you act as.`;
    case 'force-release':
      return null;
    default:
      return assertNever(wanted.action);
  }
}
