import {
  type ActionResult,
  assertNever,
  type ClaimPlan,
  type EndAction,
  quoteHostile,
  type WrittenFile,
} from '../../model';
import type { EndAnswer } from '../database/messages';
import { NoAnswer } from '../database-processes';
import { type ActionGround, checkAll, DATABASE_FILE, differsWords, endingOf } from './plan-ending';
import { claimIdOf, seenOf } from './task-claim';

/**
 * Ends the leases of a plan, all or none, each only if it is still exactly what was seen: the database was read just
 * before, and the statement itself is guarded by what was seen. Never rejects.
 */
export async function commitEnding(ground: ActionGround, plan: ClaimPlan<EndAction>): Promise<ActionResult> {
  const checked = checkAll(ground, plan);
  if (checked.kind !== 'hold') return checked;
  const { held } = checked;
  let answer: EndAnswer;
  try {
    answer = await ground.end(endingOf(plan.action, held, ground.host.clock.nowMs()), false);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (!error.isBegun)
      return { kind: 'failed', error: `It could not be begun: ${error.message}. Nothing was written.` };
    return afterNoAnswer(ground, plan, error);
  }
  switch (answer.kind) {
    case 'ended':
      return {
        kind: 'done',
        message: `${doneWord(plan.action)} ${whatOf(plan)}.`,
        written: answer.leases.map(({ sql }): WrittenFile => ({ file: DATABASE_FILE, content: `${sql};\n` })),
        warnings: [],
      };
    case 'differs':
      return { kind: 'conflict', message: `${differsWords(held, answer)} Nothing was written.` };
    case 'refused':
      return { kind: 'refused', reasons: [answer.reason] };
    case 'busy':
      return {
        kind: 'refused',
        reasons: [
          'Another program has the database locked: it was tried three times. Nothing was written; try again in a moment.',
        ],
      };
    case 'failed':
      return answer.isWritten === 'no'
        ? { kind: 'failed', error: `The database could not be written: ${answer.message}. Nothing was written.` }
        : afterNoAnswer(ground, plan, new NoAnswer(answer.message, 'ended', true));
    default:
      return assertNever(answer);
  }
}

/** All of it was written or none: whether it was, the database may tell. */
async function afterNoAnswer(ground: ActionGround, plan: ClaimPlan<EndAction>, error: NoAnswer): Promise<ActionResult> {
  const unknown: ActionResult = {
    kind: 'failed',
    error: `No answer came: ${error.message}. Either all of it was written or nothing; which of the two is not known: look at the source before you go on.`,
  };
  // One that hangs may still go on.
  if (error.why !== 'ended') return unknown;
  const looked = await ground.lookAgain();
  if (looked.kind !== 'read') return unknown;
  const now = new Map(looked.rows.map((row) => [claimIdOf(row), seenOf(row)]));
  const isAsSeen = plan.claims.every(({ claimId, seen }) => now.get(claimId) === seen);
  return isAsSeen
    ? { kind: 'failed', error: `No answer came: ${error.message}. Nothing was written: the claim is as it was.` }
    : unknown;
}

function whatOf({ claims, resource }: ClaimPlan): string {
  return claims.length === 1 ? `task ${quoteHostile(resource)}` : `${claims.length.toString()} tasks`;
}

function doneWord(action: EndAction): string {
  switch (action) {
    case 'release':
      return 'Released';
    case 'reap':
      return 'Reaped';
    case 'force-release':
      return 'Force-released';
    default:
      return assertNever(action);
  }
}
