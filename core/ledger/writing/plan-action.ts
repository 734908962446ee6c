import { createHash, randomUUID } from 'node:crypto';
import {
  allEvidence,
  assertNever,
  type ClaimPlan,
  type ClaimRequest,
  type EndAction,
  type Evidence,
  formatDuration,
  instantFromMs,
  judge,
  MOST_CLAIMS_AT_ONCE,
  type PlannedClaim,
  type PlanOutcome,
  quoteHostile,
  type Verdict,
} from '../../model';
import { buildEndings } from '../events/build-event';
import { compareNodeIds } from '../events/node-id';
import { inspectWriteLock } from '../locks/inspect-write-lock';
import { hiddenWarning } from '../locks/peers';
import { nodeOfClaim } from '../node-claim';
import type { LedgerReader } from '../reading/ledger-reader';
import { type ActionGround, checkClaim, type HeldClaim, unreadableReason } from './check-claim';
import type { WriteDecision } from './write-event';

/** What ending some claims of the ledger would do, on the ledger as it is now: all of them, or none. Writes nothing. */
export function planAction(ground: ActionGround, wanted: ClaimRequest<EndAction>): PlanOutcome {
  const checked = checkAll(ground, wanted);
  if (checked.kind !== 'hold') return checked;
  const { reader, host } = ground;
  const nowMs = host.clock.nowMs();
  const contents = buildEndings(
    reader.dialect,
    wanted.action,
    checked.claims.map(({ held }) => held),
    instantFromMs(nowMs),
  );
  const refusal = refusalOf(reader, contents);
  if (refusal !== null) return { kind: 'refused', reasons: [refusal] };
  const { common, claims } = evidenceOf(checked.claims, nowMs);
  const [first, ...others] = claims;
  if (first === undefined) return { kind: 'refused', reasons: ['There is nothing to be ended.'] };
  const several = others.length > 0;
  const plan: ClaimPlan<EndAction> = {
    id: randomUUID(),
    action: wanted.action,
    claims,
    actAs: wanted.actAs,
    resource: several ? `${claims.length.toString()} nodes` : first.resource,
    holder: several ? null : first.holder,
    seen: several ? seenOfAll(claims) : first.seen,
    verdict: claims.every(({ verdict }) => verdict === first.verdict) ? first.verdict : null,
    evidence: common,
    consequence: several
      ? consequenceOfMany(claims, reader.dialect)
      : consequenceOf(wanted.action, checked.claims[0], reader.dialect),
    writes: contents.map((content, at) => {
      const sequence = reader.head + 1 + at;
      return {
        file: reader.nameOf(sequence),
        content,
        condition: `as #${sequence.toString()}, or as the next number if others come first`,
      };
    }),
    undo: several
      ? "Can't be undone: the ledger only grows. Claim a node again to give it back."
      : "Can't be undone: the ledger only grows. Claim the node again to give it back.",
    warnings: warningsOf(
      ground,
      claims.map(({ resource }) => resource),
    ),
    needs:
      wanted.action === 'force-release'
        ? { reason: true, confirmation: first.resource }
        : { reason: false, confirmation: null },
  };
  return { kind: 'planned', plan };
}

/** Checks a plan once more, under the write lock, and says as which events it is written. */
export function decideUnderLock(
  ground: ActionGround,
  wanted: ClaimRequest<EndAction>,
  contents: readonly string[],
): WriteDecision {
  const { reader } = ground;
  if (!reader.catchUp()) {
    return {
      kind: 'refused',
      reasons: [unreadableReason(reader) ?? 'The ledger is not the one that was read before. Look at it again.'],
    };
  }
  // Who renewed a lock file while we waited holds his claim as much as one who wrote an event.
  const nodes = wanted.claims.map(({ claimId }) => nodeOfClaim(claimId)).filter((node) => node !== null);
  const files = ground.lockFilesNow(new Set(nodes));
  const checked = checkAll({ ...ground, lockFilesOf: (node) => files.get(node) ?? [] }, wanted);
  if (checked.kind !== 'hold') return checked;
  const refusal = refusalOf(reader, contents);
  if (refusal !== null) return { kind: 'refused', reasons: [refusal] };
  const sequence = reader.head + 1;
  return { kind: 'write', sequence, files: contents.map((_, at) => reader.nameOf(sequence + at)) };
}

/** Whether some events of ours say the same as others, but for the moment at which they were made. */
export function isSameChange(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((content, at) => withoutTime(content) === withoutTime(b[at] ?? ''));
}

function withoutTime(content: string): string {
  return content.replace(/"timestamp":"[^"]*"/, '"timestamp":""');
}

type AllChecked =
  | { readonly kind: 'hold'; readonly claims: readonly [HeldClaim, ...HeldClaim[]] }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** All claims of a request, by node number and each once; or what keeps one of them from being ended, and so all. */
function checkAll(ground: ActionGround, { action, actAs, claims }: ClaimRequest<EndAction>): AllChecked {
  // One that is asked for as it was seen at two times stays there twice: one of them is a conflict.
  const wanted = [...new Map(claims.map((claim) => [`${claim.claimId} ${claim.seen}`, claim] as const)).values()];
  if (wanted.length > 1 && action !== 'reap') {
    return { kind: 'refused', reasons: ['Only stale claims are ended together, by a reap.'] };
  }
  if (wanted.length > MOST_CLAIMS_AT_ONCE) {
    return {
      kind: 'refused',
      reasons: [`No more than ${MOST_CLAIMS_AT_ONCE.toString()} claims are ended at once. Reap them in parts.`],
    };
  }
  const held: HeldClaim[] = [];
  for (const claim of wanted) {
    const check = checkClaim(ground, { ...claim, action, actAs });
    if (check.kind !== 'holds') return check;
    held.push(check);
  }
  const [first, ...others] = held.sort((a, b) => compareNodeIds(a.node, b.node));
  return first === undefined
    ? { kind: 'refused', reasons: ['There is nothing to be ended.'] }
    : { kind: 'hold', claims: [first, ...others] };
}

/** What holds for all claims is said once; what is left is said of each. */
function evidenceOf(
  held: readonly HeldClaim[],
  nowMs: number,
): { readonly common: readonly Evidence[]; readonly claims: readonly PlannedClaim[] } {
  const each = held.map(({ node, held: { owner }, claim }) => {
    const evidence = allEvidence(claim, nowMs);
    const verdict: Verdict = judge(claim, evidence, nowMs);
    return { claimId: claim.id, seen: claim.seen, resource: node, holder: owner, verdict, evidence };
  });
  const counts = new Map<string, number>();
  for (const { evidence } of each) {
    for (const key of new Set(evidence.map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const isCommon = (fact: Evidence) => counts.get(keyOf(fact)) === each.length;
  return {
    common: each[0]?.evidence.filter(isCommon) ?? [],
    claims: each.map((claim) => ({ ...claim, evidence: claim.evidence.filter((fact) => !isCommon(fact)) })),
  };
}

function keyOf(fact: Evidence): string {
  return JSON.stringify(fact);
}

function seenOfAll(claims: readonly PlannedClaim[]): string {
  const all = JSON.stringify(claims.map(({ claimId, seen }) => [claimId, seen]));
  return `${claims.length.toString()}.${createHash('sha256').update(all).digest('hex').slice(0, 24)}`;
}

/** What its own tools would say of our events; null when they take them. Each of ours is about nodes of its own. */
function refusalOf(reader: LedgerReader, contents: readonly string[]): string | null {
  for (const [at, content] of contents.entries()) {
    const outcome = reader.replay.check(reader.head + 1 + at, Buffer.from(content));
    if (outcome.kind === 'refused') return `Its own tools would refuse this event. ${outcome.finding.message}`;
  }
  return null;
}

const MOST_FILES_NAMED = 5;

function warningsOf(ground: ActionGround, nodes: readonly string[]): readonly string[] {
  const files = nodes.flatMap((node) => ground.lockFilesOf(node).map(({ file }) => file));
  const left = files
    .slice(0, MOST_FILES_NAMED)
    .map((file) => `${quoteHostile(file)} stays where it is: a tool that goes by lock files still sees its claim.`);
  if (files.length > left.length) {
    left.push(`${(files.length - left.length).toString()} more lock files stay where they are.`);
  }
  const lock = inspectWriteLock(ground.reader.folder);
  left.push(...hiddenWarning(ground.host.processes));
  const ageMs = lock === null ? 0 : ground.host.clock.nowMs() - lock.placedMs;
  if (ageMs < 1_000) return left;
  return [...left, `ledger.lock has been held for ${formatDuration(ageMs)}. The write waits for it, 5 s at most.`];
}

function consequenceOf(action: EndAction, { node, held }: HeldClaim, dialect: 'living' | 'seed'): string {
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

function consequenceOfMany(claims: readonly PlannedClaim[], dialect: 'living' | 'seed'): string {
  const holders = new Set(claims.map(({ holder }) => holder)).size;
  const who = holders === 1 ? 'Their holder is not told' : `Their ${holders.toString()} holders are not told`;
  const nodes = `${claims.length.toString()} nodes`;
  return dialect === 'living'
    ? `${nodes} become free for the next agents, by one event. ${who}; who still works meets a refusal at its next write to such a node.`
    : `${nodes} are marked as reaped, by one event each; they were free for the next agents since their leases ended. ${who}.`;
}
