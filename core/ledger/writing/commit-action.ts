import {
  type ActionResult,
  assertNever,
  type ClaimPlan,
  type EndAction,
  quoteHostile,
  type WrittenFile,
} from '../../model';
import { type ActionGround, peerReason } from './check-claim';
import { decideUnderLock, isSameChange, planAction } from './plan-action';
import { type WriteDecision, type WrittenEvent, writeEvents } from './write-event';

/** A look at the process table is good for this long, in ms: then a peer may have come. */
const PEERS_KNOWN_MS = 50;

/**
 * Ends the claims of a plan, all or none, if each of them is still what was seen: checked once more under the write
 * lock. The ledger must have been read just before. Never rejects.
 */
export async function commitAction(
  ground: ActionGround,
  plan: ClaimPlan<EndAction>,
  signal: AbortSignal,
): Promise<ActionResult> {
  const peer = peerReason(ground);
  if (peer !== null) return { kind: 'refused', reasons: [peer] };
  const before = planAction(ground, plan);
  if (before.kind !== 'planned') return before;
  const contents = before.plan.writes.map(({ content }) => content);
  const planned = plan.writes.map(({ content }) => content);
  if (contents.length === 0) return { kind: 'failed', error: 'The plan writes nothing.' };
  if (!isSameChange(contents, planned)) {
    return { kind: 'conflict', message: 'What would be written now is not what the plan says. Nothing was written.' };
  }
  const lookedMs = performance.now();
  const decide = (): WriteDecision => {
    // While we waited for the lock, a peer may have begun to wait for it too.
    const late = performance.now() - lookedMs > PEERS_KNOWN_MS ? peerReason(ground) : null;
    return late === null ? decideUnderLock(ground, plan, contents) : { kind: 'refused', reasons: [late] };
  };
  const outcome = await writeEvents(ground.reader.folder, contents, decide, { host: ground.host, signal });
  if (outcome.kind === 'failed') {
    const { error, written } = outcome;
    return written === undefined ? { kind: 'failed', error } : { kind: 'failed', error, written: filesOf(written) };
  }
  if (outcome.kind !== 'written') return outcome;
  return {
    kind: 'done',
    message: `${doneWord(plan.action)} ${whatOf(plan)}: written as ${numbersOf(outcome.events)}.`,
    written: filesOf(outcome.events),
    warnings: outcome.warnings,
  };
}

function filesOf(events: readonly WrittenEvent[]): readonly WrittenFile[] {
  return events.map(({ file, content }) => ({ file, content }));
}

function whatOf({ claims, resource }: ClaimPlan<EndAction>): string {
  return claims.length === 1 ? `node ${quoteHostile(resource)}` : `${claims.length.toString()} nodes`;
}

function numbersOf(events: readonly WrittenEvent[]): string {
  const [first, last] = [events[0], events.at(-1)];
  const from = `#${first?.sequence.toString() ?? ''}`;
  return first === last ? from : `${from} to #${last?.sequence.toString() ?? ''}`;
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
