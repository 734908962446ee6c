import { createHash, randomUUID } from 'node:crypto';
import type { Host } from '../../host/host';
import {
  allEvidence,
  assertNever,
  type Claim,
  type ClaimPlan,
  type ClaimRequest,
  type EndAction,
  type Evidence,
  isStale,
  judge,
  MOST_CLAIMS_AT_ONCE,
  type PlannedClaim,
  type PlannedWrite,
  type PlanOutcome,
  quoteHostile,
  type Verdict,
  verdictWord,
} from '../../model';
import type { EndAnswer, EndedLease, EndLeases, LeaseRow, SeenLease } from '../database/messages';
import { NoAnswer } from '../database-processes';
import { textOf, timeOf } from './cells';
import type { Looked } from './read-state';
import { claimIdOf, seenOf } from './task-claim';

export const DATABASE_FILE = '.todo2/todo2.db';

/** What an action is checked against: the database as it was read just now. */
export interface ActionGround {
  readonly looked: Looked;
  readonly host: Host;
  readonly path: string;
  readonly claimOf: (row: LeaseRow) => Claim;
  /** Rejects with `NoAnswer`. */
  readonly end: (ending: EndLeases, isTrial: boolean) => Promise<EndAnswer>;
  readonly lookAgain: () => Promise<Looked>;
}

/** A lease that is still exactly what was seen. */
export interface HeldLease {
  readonly row: LeaseRow;
  readonly claim: Claim;
}

export type Checked =
  | { readonly kind: 'hold'; readonly held: readonly [HeldLease, ...HeldLease[]] }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** What ending some leases would do, on the database as it is now: all of them, or none. Writes nothing. */
export async function planEnding(ground: ActionGround, wanted: ClaimRequest<EndAction>): Promise<PlanOutcome> {
  const checked = checkAll(ground, wanted);
  if (checked.kind !== 'hold') return checked;
  const ending = endingOf(wanted.action, checked.held, ground.host.clock.nowMs());
  let answer: EndAnswer;
  try {
    answer = await ground.end(ending, true);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return {
      kind: 'failed',
      error: `What would be written could not be found out: ${error.message}. Nothing was written.`,
    };
  }
  switch (answer.kind) {
    case 'ended':
      return { kind: 'planned', plan: planOf(ground, wanted, checked.held, answer.leases) };
    case 'differs':
      return { kind: 'conflict', message: `${differsWords(checked.held, answer)} Nothing was written.` };
    case 'refused':
      return { kind: 'refused', reasons: [answer.reason] };
    case 'busy':
      return { kind: 'failed', error: 'The database is locked by another program. Nothing was written.' };
    case 'failed':
      return {
        kind: 'failed',
        error: `What would be written could not be found out: ${answer.message}. Nothing was written.`,
      };
    default:
      return assertNever(answer);
  }
}

/** Whether all that is asked for may be ended: each must be what was seen, and the action must suit it. */
export function checkAll({ looked, claimOf, host }: ActionGround, wanted: ClaimRequest<EndAction>): Checked {
  if (looked.kind !== 'read') return { kind: 'refused', reasons: [`Nothing is written here: ${looked.reason}`] };
  if (looked.against !== null) return { kind: 'refused', reasons: [looked.against] };
  if (wanted.claims.length > 1 && wanted.action !== 'reap') {
    return { kind: 'refused', reasons: ['Only stale claims are ended together, by a reap.'] };
  }
  if (wanted.claims.length > MOST_CLAIMS_AT_ONCE) {
    const most = MOST_CLAIMS_AT_ONCE.toString();
    return { kind: 'refused', reasons: [`No more than ${most} claims are ended at once. Reap them in parts.`] };
  }
  const rows = new Map(looked.rows.map((row) => [claimIdOf(row), row]));
  const held: HeldLease[] = [];
  for (const { claimId, seen } of new Map(
    wanted.claims.map((claim) => [`${claim.claimId} ${claim.seen}`, claim]),
  ).values()) {
    const row = rows.get(claimId);
    if (row === undefined) {
      const task = quoteHostile(claimId.replace(/^task[:=]/, ''));
      return { kind: 'conflict', message: `Nobody holds task ${task} any more. Nothing was written.` };
    }
    if (seenOf(row) !== seen) return { kind: 'conflict', message: `${nowWords(row)} Nothing was written.` };
    const claim = claimOf(row);
    if (claim.possibleActions.length === 0) {
      return { kind: 'refused', reasons: ['A value of this task is not understood, so nothing is written there.'] };
    }
    const refused = ruleAgainst(wanted, claim, host.clock.nowMs());
    if (refused !== null) return { kind: 'refused', reasons: [refused] };
    held.push({ row, claim });
  }
  const [first, ...others] = held;
  return first === undefined
    ? { kind: 'refused', reasons: ['There is nothing to be ended.'] }
    : { kind: 'hold', held: [first, ...others] };
}

function ruleAgainst(
  { action, actAs }: Pick<ClaimRequest<EndAction>, 'action' | 'actAs'>,
  claim: Claim,
  nowMs: number,
): string | null {
  const holder = quoteHostile(claim.holder.name ?? '');
  switch (action) {
    case 'reap': {
      const verdict = judge(claim, allEvidence(claim, nowMs), nowMs);
      if (isStale(verdict)) return null;
      return `The claim of ${holder} is ${verdictWord(verdict).toLowerCase()}. Only a stale claim is reaped; a force-release ends any other.`;
    }
    case 'release':
      if (actAs === null || actAs === '') return 'A release needs the name that you act as.';
      return actAs === claim.holder.name
        ? null
        : `${holder} holds it, not ${quoteHostile(actAs)}. A release ends only a claim of the name that you act as.`;
    case 'force-release':
      return null;
    default:
      return assertNever(action);
  }
}

/** What is asked of the database process. */
export function endingOf(action: EndAction, held: readonly HeldLease[], nowMs: number): EndLeases {
  return {
    how: action === 'reap' ? 'cleanup' : 'release',
    leases: held.map(({ row }) => seenLeaseOf(row)),
    nowS: Math.floor(nowMs / 1_000),
    onlyOver: action === 'reap',
  };
}

function seenLeaseOf({ id, assignee, assignedAt, lockUntil }: LeaseRow): SeenLease {
  return { id, assignee, assignedAt, lockUntil };
}

/** That a lease is another one by now, in a sentence. */
export function differsWords(
  held: readonly HeldLease[],
  { index, now }: { index: number; now: SeenLease | null },
): string {
  const task = quoteHostile(textOf(held[index]?.row.id ?? null));
  return now === null ? `Task ${task} is not there any more.` : nowWords(now);
}

function nowWords(lease: SeenLease): string {
  const task = quoteHostile(textOf(lease.id));
  const holder = textOf(lease.assignee);
  if (holder === '') return `Nobody holds task ${task} any more.`;
  const until = timeOf(lease.lockUntil);
  const end = until === null ? 'without an end' : `until ${until.text}`;
  return `The claim on task ${task} is not the one that you saw: ${quoteHostile(holder)} holds it ${end}.`;
}

function planOf(
  { host }: ActionGround,
  wanted: ClaimRequest<EndAction>,
  held: readonly [HeldLease, ...HeldLease[]],
  leases: readonly EndedLease[],
): ClaimPlan {
  const nowMs = host.clock.nowMs();
  const { common, claims } = evidenceOf(held, nowMs);
  const [first] = claims;
  const several = claims.length > 1;
  return {
    id: randomUUID(),
    action: wanted.action,
    claims,
    actAs: wanted.actAs,
    resource: several ? `${claims.length.toString()} tasks` : first.resource,
    holder: several ? null : first.holder,
    seen: several ? seenOfAll(claims) : first.seen,
    verdict: claims.every(({ verdict }) => verdict === first.verdict) ? first.verdict : null,
    evidence: common,
    consequence: several ? consequenceOfMany(held) : consequenceOf(wanted.action, held[0]),
    writes: leases.map((lease) => writeOf(lease)),
    undo: several
      ? "Can't be undone: the database keeps no past. Their holders have to claim the tasks again."
      : "Can't be undone: the database keeps no past. The holder has to claim the task again.",
    warnings: warningsOf(held),
    needs:
      wanted.action === 'force-release'
        ? { reason: true, confirmation: first.resource }
        : { reason: false, confirmation: null },
  };
}

/** The columns that make the row's state, and the statement with its values. */
function writeOf({ sql, before, after }: EndedLease): PlannedWrite {
  const changed = new Map(after.map(({ column, value }) => [column, value]));
  const lines = before.flatMap(({ column, value }) => {
    const next = changed.get(column);
    return next === undefined ? [] : [`-- ${column}: ${value} → ${next}`];
  });
  return {
    file: DATABASE_FILE,
    content: `${sql};\n${lines.join('\n')}\n`,
    condition: 'only while assignee, assigned_at and lock_until are exactly these; another version does not matter',
  };
}

function warningsOf(held: readonly HeldLease[]): readonly string[] {
  const who = held.length === 1 ? 'The old holder is' : 'The old holders are';
  return [
    `${who} not told and may still write: exarp does not check the lease when a task is updated, so a later update of ${held.length === 1 ? 'its' : 'theirs'} still lands.`,
  ];
}

function consequenceOf(action: EndAction, { row, claim }: HeldLease): string {
  const task = quoteHostile(claim.resource);
  const holder = quoteHostile(claim.holder.name ?? '');
  const status = quoteHostile(textOf(row.status), 24);
  const kept = `Its status stays "${status}"`;
  switch (action) {
    case 'release':
      return `Task ${task} has no holder any more, as if ${holder} itself had released it. ${kept}.`;
    case 'reap': {
      const next = textOf(row.status) === 'In Progress' ? 'Its status goes back from "In Progress" to "Todo"' : kept;
      return `Task ${task} has no holder any more, as by exarp's own cleanup. ${next}. ${holder} is not told.`;
    }
    case 'force-release':
      return `Task ${task} is taken away from ${holder}, which may be at work on it right now and is not told. ${kept}.`;
    default:
      return assertNever(action);
  }
}

function consequenceOfMany(held: readonly HeldLease[]): string {
  const begun = held.filter(({ row }) => textOf(row.status) === 'In Progress').length;
  const tasks = held.length.toString();
  const back = begun === 0 ? 'Their statuses stay' : `${begun.toString()} of them go back from "In Progress" to "Todo"`;
  return `${tasks} tasks have no holder any more, as by exarp's own cleanup, in one transaction. ${back}. Nobody is told.`;
}

/** What holds for all claims is said once; what is left is said of each. */
function evidenceOf(
  held: readonly [HeldLease, ...HeldLease[]],
  nowMs: number,
): { readonly common: readonly Evidence[]; readonly claims: readonly [PlannedClaim, ...PlannedClaim[]] } {
  const planned = ({ claim }: HeldLease): PlannedClaim => {
    const evidence = allEvidence(claim, nowMs);
    const verdict: Verdict = judge(claim, evidence, nowMs);
    const { id, seen, resource, holder } = claim;
    return { claimId: id, seen, resource, holder: holder.name, verdict, evidence };
  };
  const [first, ...others] = held;
  const each = [planned(first), ...others.map(planned)] as const;
  const counts = new Map<string, number>();
  for (const { evidence } of each) {
    for (const key of new Set(evidence.map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const isCommon = (fact: Evidence): boolean => counts.get(keyOf(fact)) === each.length;
  const own = (claim: PlannedClaim): PlannedClaim => ({
    ...claim,
    evidence: claim.evidence.filter((fact) => !isCommon(fact)),
  });
  const [head, ...rest] = each;
  return { common: head.evidence.filter(isCommon), claims: [own(head), ...rest.map(own)] };
}

function keyOf(fact: Evidence): string {
  return JSON.stringify(fact);
}

function seenOfAll(claims: readonly PlannedClaim[]): string {
  const all = JSON.stringify(claims.map(({ claimId, seen }) => [claimId, seen]));
  return `${claims.length.toString()}.${createHash('sha256').update(all).digest('hex').slice(0, 24)}`;
}
