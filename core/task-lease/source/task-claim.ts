import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { ProcessTable } from '../../host/host';
import {
  type Claim,
  type ClaimAction,
  type Evidence,
  holderEvidence,
  type Instant,
  type Lease,
  type LeaseBands,
  type ProcessIdentity,
  type ProcessState,
} from '../../model';
import { parseAgentId } from '../agent-id';
import type { LeaseRow } from '../database/messages';
import { NEAR_EXPIRY_S, STALE_AFTER_S } from '../schema';
import { keyOfCell, leaseKey, nameOf, saysTime, textOf, timeOf } from './cells';

/**
 * exarp judges in whole seconds: a lease is over when the second of its end has passed, near its end less than 300 s
 * before, and stale when more than 300 s have passed since. In ms, to the same moment:
 */
const TOLERANCE_MS = 999;
export const BANDS: LeaseBands = {
  nearExpiryMs: (NEAR_EXPIRY_S - 1) * 1_000,
  longOverMs: STALE_AFTER_S * 1_000 + TOLERANCE_MS,
};

/** Their work is done: who holds such a task works on it no more. */
const FINISHED: ReadonlySet<string> = new Set(['Done', 'Cancelled']);

/** A holder's process, as far as its name says one. */
export interface NamedProcess {
  readonly process: ProcessIdentity;
  readonly claimedAtMs: number;
}

/** What was found out of the process that holds a lease. */
export interface HolderLook {
  readonly named: NamedProcess;
  /** Null until it was looked at, of so many holders that one look does not do. */
  readonly state: ProcessState | null;
  /** We saw it alive long after it claimed: it is no program that only claims, and ends. */
  readonly wasAtWork: boolean;
}

/** Another one for each id, also where two look alike: the text `1` and the number. */
export function claimIdOf({ id }: LeaseRow): string {
  return typeof id === 'string' ? `task:${id}` : `task=${keyOfCell(id)}`;
}

/** The token for exactly this lease. */
export function seenOf(row: LeaseRow): string {
  return createHash('sha256').update(leaseKey(row)).digest('hex').slice(0, 32);
}

/** The process that a row names, if its assignee names one of this host and says when it claimed. */
export function namedProcess(row: LeaseRow, processes: ProcessTable): NamedProcess | null {
  const at = timeOf(row.assignedAt);
  if (typeof row.assignee !== 'string' || at === null) return null;
  const agent = parseAgentId(row.assignee, hostname());
  if (agent.kind !== 'process') return null;
  const { host } = processes.self();
  return {
    process: { host, bootId: null, pidNamespace: null, pid: agent.pid, startTicks: null },
    claimedAtMs: at.ms,
  };
}

/** The claim that a row with a holder is. `against`: nothing may be written into this table. */
export function taskClaim(row: LeaseRow, look: HolderLook | null, against: boolean): Claim {
  const until = timeOf(row.lockUntil);
  const lease: Lease =
    until === null ? { kind: 'none' } : { kind: 'until', expiresAt: until, toleranceMs: TOLERANCE_MS };
  return {
    id: claimIdOf(row),
    protocol: 'task-lease',
    kind: 'task',
    resource: textOf(row.id),
    title: nameOf(row.name),
    holder: { name: textOf(row.assignee), process: look?.named.process ?? null },
    acquiredAt: timeOf(row.assignedAt),
    lease,
    evidence: evidenceOf(row, look, until),
    seen: seenOf(row),
    recordLabel: `tasks · version ${textOf(row.version)}`,
    possibleActions: actionsOn(row, against),
    inBatch: true,
    bands: BANDS,
  };
}

/** Of a value that is no time it is not known whether the lease is over: then nobody's claim is called stale. */
function actionsOn(row: LeaseRow, against: boolean): readonly ClaimAction[] {
  if (against || row.isCut || row.id === null) return [];
  return ['release', 'reap', 'force-release'];
}

function evidenceOf(row: LeaseRow, look: HolderLook | null, until: Instant | null): readonly Evidence[] {
  const status = textOf(row.status);
  const evidence: Evidence[] = [{ kind: 'task-status', status }];
  if (until === null && saysTime(row.lockUntil)) evidence.push({ kind: 'never-expires-unseen' });
  // Where the end cannot be understood, nothing that its holder does proves the lease to be over.
  if (!saysTime(row.lockUntil)) return evidence;
  evidence.push(...holderFacts(row, look));
  if (FINISHED.has(status)) evidence.push({ kind: 'ghost-lease', why: 'task-finished' });
  else if (look?.state?.kind === 'gone') {
    // A machine that was restarted since let nobody go on; a process that we saw at work was no command that only claims.
    const isGhost = look.state.how === 'rebooted' || look.wasAtWork;
    evidence.push(isGhost ? { kind: 'ghost-lease', why: 'process-gone' } : { kind: 'claim-outlives-process' });
  }
  return evidence;
}

function holderFacts(row: LeaseRow, look: HolderLook | null): readonly Evidence[] {
  if (look === null) return [{ kind: 'holder-unknowable', why: whyUnknowable(row) }];
  return look.state === null ? [] : [holderEvidence(look.named.process, look.state)];
}

/** What a claim lacks whose process cannot be looked at. */
function whyUnknowable(row: LeaseRow): 'names-no-process' | 'names-no-host' | 'says-not-when' {
  const agent = parseAgentId(textOf(row.assignee), hostname());
  // Without the time, a process that has its number now may be any other.
  if (agent.kind === 'process') return 'says-not-when';
  // Kind and host of another host's agent cannot be told apart.
  return agent.kind === 'name' && /-[1-9][0-9]*$/.test(textOf(row.assignee)) ? 'names-no-host' : 'names-no-process';
}
