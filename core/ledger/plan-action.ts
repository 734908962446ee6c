import { randomUUID } from 'node:crypto';
import type { Host } from '../host/host';
import {
  type ActionKind,
  type ActionRequest,
  allEvidence,
  assertNever,
  type Claim,
  formatDuration,
  instantFromMs,
  isStale,
  judge,
  type Plan,
  type PlanOutcome,
  quoteHostile,
  verdictWord,
} from '../model';
import { buildEvent } from './build-event';
import { inspectWriteLock } from './inspect-write-lock';
import type { LedgerReader } from './ledger-reader';
import type { LockFile } from './lock-files';
import { ledgerNodeClaim, nodeOfClaim } from './node-claim';
import { appendersWithoutCas } from './peers';
import type { LedgerClaim } from './replay';
import type { WriteDecision } from './write-event';

/** What an action on a node is checked against: the ledger as the reader knows it now. */
export interface ActionGround {
  readonly reader: LedgerReader;
  readonly host: Host;
  /** The lock files of a node, as they were just before. */
  readonly lockFilesOf: (node: string) => readonly LockFile[];
}

type Wanted = ActionRequest;

type Check =
  | { readonly kind: 'holds'; readonly held: LedgerClaim; readonly claim: Claim; readonly node: string }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** What an action would do, on the ledger as it is now. Writes nothing. */
export function planAction(ground: ActionGround, wanted: Wanted): PlanOutcome {
  const check = checkAction(ground, wanted);
  if (check.kind !== 'holds') return check;
  const { reader, host } = ground;
  const nowMs = host.clock.nowMs();
  const { held, claim, node } = check;
  const content = eventFor(ground, wanted.action, held);
  const sequence = reader.head + 1;
  const refusal = refusalOf(reader, sequence, content);
  if (refusal !== null) return { kind: 'refused', reasons: [refusal] };
  const evidence = allEvidence(claim, nowMs);
  const plan: Plan = {
    id: randomUUID(),
    action: wanted.action,
    claimId: wanted.claimId,
    actAs: wanted.actAs,
    resource: node,
    holder: held.owner,
    seen: wanted.seen,
    verdict: judge(claim, evidence, nowMs),
    evidence,
    consequence: consequenceOf(wanted.action, node, held, reader.dialect),
    writes: [
      {
        file: reader.nameOf(sequence),
        content,
        condition: `as #${sequence.toString()}, or as the next number if others come first`,
      },
    ],
    undo: "Can't be undone: the ledger only grows. Claim the node again to give it back.",
    warnings: warningsOf(ground, node),
    needs:
      wanted.action === 'force-release' ? { reason: true, confirmation: node } : { reason: false, confirmation: null },
  };
  return { kind: 'planned', plan };
}

/** Whether two events of ours say the same, but for the moment at which they were made. */
export function isSameChange(a: string, b: string): boolean {
  return withoutTime(a) === withoutTime(b);
}

function withoutTime(content: string): string {
  return content.replace(/"timestamp":"[^"]*"/, '"timestamp":""');
}

/** Checks a plan once more, under the write lock, and says as which event it is written. */
export function decideUnderLock(ground: ActionGround, wanted: Wanted, content: string): WriteDecision {
  const { reader } = ground;
  if (!reader.catchUp()) {
    return {
      kind: 'refused',
      reasons: [unreadableReason(reader) ?? 'The ledger is not the one that was read before. Look at it again.'],
    };
  }
  const check = checkAction(ground, wanted);
  if (check.kind !== 'holds') return check;
  const sequence = reader.head + 1;
  const refusal = refusalOf(reader, sequence, content);
  if (refusal !== null) return { kind: 'refused', reasons: [refusal] };
  return { kind: 'write', sequence, file: reader.nameOf(sequence) };
}

/** The exact bytes for an action on a claim, stamped with the time of our clock. */
function eventFor(ground: ActionGround, action: ActionKind, held: LedgerClaim): string {
  return buildEvent(ground.reader.dialect, {
    action,
    node: held.node,
    owner: held.owner,
    timestamp: instantFromMs(ground.host.clock.nowMs()),
  });
}

function checkAction(ground: ActionGround, wanted: Wanted): Check {
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

function changedWords(held: LedgerClaim, shown: string): string {
  const until = held.expiresAt === null ? '' : ` until ${held.expiresAt.text}`;
  const since =
    held.changedBy === held.claimedBy
      ? `since #${held.claimedBy.toString()}`
      : `extended by #${held.changedBy.toString()}`;
  return `The claim on node ${shown} is not the one that you saw: ${quoteHostile(held.owner)} holds it${until}, ${since}.`;
}

function ruleAgainst(wanted: Wanted, claim: Claim, held: LedgerClaim, nowMs: number): string | null {
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

/** What its own tools would say of our event; null when they take it. */
function refusalOf(reader: LedgerReader, sequence: number, content: string): string | null {
  const outcome = reader.replay.check(sequence, Buffer.from(content));
  return outcome.kind === 'applied' ? null : `Its own tools would refuse this event. ${outcome.finding.message}`;
}

/** Processes that would append to this proof without looking again, as a reason to wait; null when there is none. */
export function peerReason(ground: ActionGround): string | null {
  const [peer] = appendersWithoutCas(ground.host.processes.near(ground.reader.proofFolder));
  if (peer === undefined) return null;
  const command = quoteHostile(peer.argv.join(' '), 80);
  return `Process ${peer.pid.toString()} (${command}) is at work on this proof and appends without looking again: its late event could break the proof after ours. Try again when it has ended.`;
}

function warningsOf(ground: ActionGround, node: string): readonly string[] {
  const left = ground
    .lockFilesOf(node)
    .map(({ file }) => `${quoteHostile(file)} stays where it is: a tool that goes by lock files still sees its claim.`);
  const lock = inspectWriteLock(ground.reader.folder);
  const ageMs = lock === null ? 0 : ground.host.clock.nowMs() - lock.placedMs;
  if (ageMs < 1_000) return left;
  return [...left, `ledger.lock has been held for ${formatDuration(ageMs)}. The write waits for it, 5 s at most.`];
}

function consequenceOf(action: ActionKind, node: string, held: LedgerClaim, dialect: 'living' | 'seed'): string {
  const owner = held.owner === '' ? 'its holder' : quoteHostile(held.owner);
  const shown = quoteHostile(node);
  switch (action) {
    case 'release':
      return `Node ${shown} becomes free for the next agent. It is written as ${owner} itself would release it.`;
    case 'reap':
      return dialect === 'living'
        ? `Node ${shown} becomes free for the next agent. ${owner} is not told; if it still works, its next write to this node is refused.`
        : `Node ${shown} is marked as reaped; it was free for the next agent since the lease ended. ${owner} is not told.`;
    case 'force-release':
      return `Node ${shown} is taken away from ${owner}, which may be at work on it right now and is not told. Its next write to this node is refused, or meets another agent's.`;
    default:
      return assertNever(action);
  }
}
