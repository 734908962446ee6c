import os from 'node:os';
import { describeError } from '../core/host/errors';
import type { Clock } from '../core/host/host';
import {
  type ActionResult,
  type AuditEntry,
  assertNever,
  describeEvidence,
  type Evidence,
  instantFromMs,
  type Plan,
  type WrittenFile,
} from '../core/model';
import type { AuditLog } from './audit-log';
import { type Before, lookAgain, type Notice } from './look-again';
import type { CommitTurn, OpenedSource } from './opened-source';
import type { KeptPlan } from './plans';
import { isGone, isNow, nameInWords } from './words';

export interface CommitOptions {
  readonly clock: Clock;
  readonly program: string;
  readonly audit: AuditLog;
  /** Given up by the operator: it ends waiting, not what was begun. */
  readonly signal: AbortSignal;
  /** The audit log has grown. */
  readonly onAudited: () => Promise<void>;
  readonly notify: (notice: Notice) => void;
}

/**
 * Carries out a plan in its source's turn. The audit log has it before it starts and after it ended; if the log
 * cannot be written first, nothing is done. When it resolves, the source was read again. Never rejects.
 */
export async function commitPlan(
  opened: OpenedSource,
  plan: KeptPlan,
  reason: string | null,
  options: CommitOptions,
): Promise<ActionResult> {
  const { signal } = options;
  let isBegun = false;
  const ending = opened.exclusively((turn) => {
    if (signal.aborted) return Promise.resolve(GIVEN_UP);
    isBegun = true;
    return carryOut(opened, turn, plan, reason, options);
  });
  let giveUp = (): void => undefined;
  const givenUp = new Promise<ActionResult>((resolve) => {
    giveUp = () => {
      if (!isBegun) resolve(GIVEN_UP);
    };
    signal.addEventListener('abort', giveUp, { once: true });
  });
  const result = await Promise.race([ending, givenUp]);
  signal.removeEventListener('abort', giveUp);
  return result ?? { kind: 'refused', reasons: ['The source was closed before it was done. Nothing was written.'] };
}

const GIVEN_UP: ActionResult = {
  kind: 'refused',
  reasons: ['It was given up before its turn. Nothing was written.'],
};

async function carryOut(
  opened: OpenedSource,
  turn: CommitTurn,
  plan: KeptPlan,
  reason: string | null,
  options: CommitOptions,
): Promise<ActionResult> {
  const entry = auditEntry(opened, plan, reason, options);
  try {
    await options.audit.append(entry, bytesOfWrites(plan.made));
  } catch (error) {
    return {
      kind: 'refused',
      reasons: [
        `The audit log cannot be written, so nothing was done. ${nameInWords(options.audit.file)}: ${describeError(error)}.`,
      ],
    };
  }
  const before = standing(opened);
  const result = (await changedMeanwhile(opened, turn, plan)) ?? (await turn.commit(plan.made, reason, options.signal));
  const told = await auditOutcome(entry, result, options);
  await turn.read();
  await options.onAudited();
  const written = writtenBy(told).length;
  if (told.kind === 'done' || written > 0) {
    const from = plan.made.action === 'mend' ? standing(opened) : before;
    lookAgain(opened, { plan: plan.made, before: from, written, isDone: told.kind === 'done' }, options.notify);
  }
  return told;
}

/** A mend is watched over from what it made of the source, anything else from what was there before. */
function standing({ state }: OpenedSource): Before {
  return { wasReadable: state.status.kind === 'readable', head: state.head };
}

/** What we know already need not be tried: the claim was read again since the plan, and is another. */
async function changedMeanwhile(
  { state }: OpenedSource,
  turn: CommitTurn,
  { made }: KeptPlan,
): Promise<ActionResult | null> {
  if (made.action === 'mend') return null;
  for (const { claimId, resource, seen } of made.claims) {
    const entry = state.entry(claimId);
    if (entry === undefined) {
      const [last] = await turn.transitions(claimId, 1);
      return { kind: 'conflict', message: isGone(resource, state.status, last) };
    }
    if (entry.claim.seen !== seen) return { kind: 'conflict', message: isNow(entry.claim) };
  }
  return null;
}

/** Writes down how it ended. Rejects never: a log that fails is a warning on the result. */
export async function auditOutcome(
  started: AuditEntry,
  result: ActionResult,
  { audit, clock }: CommitOptions,
): Promise<ActionResult> {
  try {
    await audit.append({
      ...started,
      when: instantFromMs(clock.nowMs()).text,
      written: writtenBy(result),
      ...(result.kind === 'done' && result.removed !== undefined ? { removed: result.removed } : {}),
      result: result.kind,
      message: messageOf(result),
    });
    return result;
  } catch (error) {
    return withWarning(
      result,
      `The audit log could not be written afterwards (${describeError(error)}): it shows the start of this action, but not how it ended.`,
    );
  }
}

/** What certainly was written, also where the rest of it failed. */
function writtenBy(result: ActionResult): readonly WrittenFile[] {
  if (result.kind === 'done') return result.written;
  return result.kind === 'failed' ? (result.written ?? []) : [];
}

function messageOf(result: ActionResult): string {
  switch (result.kind) {
    case 'done':
      return [result.message, ...result.warnings].join(' ');
    case 'conflict':
      return result.message;
    case 'refused':
      return result.reasons.join(' ');
    case 'failed':
      return result.error;
    default:
      return assertNever(result);
  }
}

function withWarning(result: ActionResult, warning: string): ActionResult {
  switch (result.kind) {
    case 'done':
      return { ...result, warnings: [...result.warnings, warning] };
    case 'conflict':
      return { ...result, message: `${result.message} ${warning}` };
    case 'refused':
      return { ...result, reasons: [...result.reasons, warning] };
    case 'failed':
      return { ...result, error: `${result.error} ${warning}` };
    default:
      return assertNever(result);
  }
}

function auditEntry(
  { state }: OpenedSource,
  { made }: KeptPlan,
  reason: string | null,
  { clock, program }: CommitOptions,
): AuditEntry {
  const nowMs = clock.nowMs();
  return {
    when: instantFromMs(nowMs).text,
    user: systemUser(),
    program,
    action: made.action,
    source: state.row.path,
    protocol: state.row.protocol,
    resource: made.resource,
    holder: made.holder,
    actAs: made.action === 'mend' ? null : made.actAs,
    seen: made.seen,
    verdict: made.verdict,
    ...claimsOf(made),
    evidence: evidenceInWords(made, nowMs),
    reason,
    written: [],
    result: 'started',
    message: made.consequence,
  };
}

/** Of several claims the log names each. */
function claimsOf(plan: Plan): Pick<AuditEntry, 'claims'> {
  if (plan.action === 'mend' || plan.claims.length < 2) return {};
  return {
    claims: plan.claims.map(({ resource, holder, seen }) => ({
      resource: cut(resource),
      holder: holder === null ? null : cut(holder),
      seen,
    })),
  };
}

/** What the log's entry of the outcome has more than that of the start, at most; its message is bounded. */
function bytesOfWrites({ writes, removes = [] }: Plan): number {
  return Buffer.byteLength(JSON.stringify([writes, removes, removes])) + 64 * 1024;
}

const LONGEST_NAME = 1_000;

/** Names are others' text, of any length; very many of them must fit into a line. */
function cut(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
}

function evidenceInWords(plan: Plan, nowMs: number): readonly string[] {
  const inWords = (fact: Evidence): string => {
    const { headline, detail } = describeEvidence(fact, nowMs);
    return cut(`${headline}: ${detail}`);
  };
  const ofEach = plan.action === 'mend' ? [] : plan.claims;
  return [
    ...plan.evidence.map(inWords),
    ...ofEach.flatMap(({ resource, evidence }) => evidence.map((fact) => `${nameInWords(resource)}: ${inWords(fact)}`)),
  ];
}

/** The system's name of the user; a user without an entry in the system's list has only a number. */
export function systemUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.().toString() ?? 'unknown'}`;
  }
}
