import { buildEvent, type LedgerChange } from '../../../core/ledger/events/build-event';
import { parseGoTime } from '../../../core/ledger/events/go-time';
import type { ApplyOutcome, Dialect, Replay } from '../../../core/ledger/replay/replay';
import type { Instant } from '../../../core/model';

/** A time of a test, which must be one. */
export function at(text: string): Instant {
  const parsed = parseGoTime(text);
  if ('fault' in parsed) throw new Error(`${text} ${parsed.fault}`);
  return parsed;
}

export const T0 = '2026-01-15T10:30:00Z';
export const LATER = '2096-01-01T00:00:00Z';

export function bytesOf(event: object | string): Uint8Array {
  return Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
}

/** A node as the living program creates it, with anything else that a test wants. */
export function nodeCreated(id: string, other: object = {}): object {
  const node = {
    id,
    type: 'claim',
    statement: `s ${id}`,
    workflow_state: 'available',
    epistemic_state: 'pending',
    created: T0,
  };
  return { type: 'node_created', timestamp: T0, node: { ...node, ...other } };
}

export function nodesClaimed(node_ids: readonly string[], owner = 'ada', timeout = LATER): object {
  return { type: 'nodes_claimed', timestamp: T0, node_ids, owner, timeout };
}

export function nodesReleased(...node_ids: string[]): object {
  return { type: 'nodes_released', timestamp: T0, node_ids };
}

/** Applies events 1, 2, 3 and so on, which must all be accepted; the last outcome. */
export function applyAll(
  replay: Replay,
  events: readonly (object | string)[],
  from = 1,
): Extract<ApplyOutcome, { kind: 'applied' }> {
  let last: ApplyOutcome | undefined;
  events.forEach((event, i) => {
    last = replay.apply(from + i, bytesOf(event));
    if (last.kind === 'refused') throw new Error(last.finding.message);
  });
  if (last?.kind !== 'applied') throw new Error('no event');
  return last;
}

export function built(dialect: Dialect, change: LedgerChange): Uint8Array {
  return Buffer.from(buildEvent(dialect, change));
}

/** The code and message of a refusal. */
export function refusalOf(outcome: ApplyOutcome): readonly [string, string] {
  return outcome.kind === 'refused' ? [outcome.finding.code, outcome.finding.message] : ['applied', ''];
}
