import { linkSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NODES_AT_MOST = 1_000;
const FIRST_MS = Date.UTC(2026, 0, 1);
const FOLDERS = ['assumptions', 'defs', 'externals', 'ledger', 'lemmas', 'locks', 'nodes'];

/** A node that no generated event claims: for whoever appends. */
export const FREE_NODE = '1';

function nameOf(sequence: number): string {
  return `${sequence.toString().padStart(6, '0')}.json`;
}

function timeOf(sequence: number): string {
  return new Date(FIRST_MS + sequence * 1000).toISOString();
}

/** The path of event `sequence` of a proof. */
export function eventPath(proof: string, sequence: number): string {
  return join(proof, 'ledger', nameOf(sequence));
}

/** The holder of the free node after event `sequence`, one of its own each time, so that a window shows which one it is. */
function outsideHolder(sequence: number): string {
  return `outside-${sequence.toString()}`;
}

/** An event that claims the free node when `sequence` is odd, and releases it when it is even. */
export function outsideEvent(sequence: number): string {
  const base = { timestamp: timeOf(sequence) };
  const until = timeOf(sequence + 3600);
  const event =
    sequence % 2 === 1
      ? { type: 'nodes_claimed', ...base, node_ids: [FREE_NODE], owner: outsideHolder(sequence), timeout: until }
      : { type: 'nodes_released', ...base, node_ids: [FREE_NODE] };
  return JSON.stringify(event);
}

function created(id: string, timestamp: string): object {
  return {
    type: 'node_created',
    timestamp,
    node: {
      id,
      type: 'claim',
      statement: `Whatever holds for the nodes above holds for node ${id} too, by the hypothesis of induction`,
      inference: 'assumption',
      workflow_state: 'available',
      epistemic_state: 'pending',
      taint_state: 'unresolved',
      content_hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      created: timestamp,
      claimed_at: '0001-01-01T00:00:00Z',
    },
  };
}

/** The events of a proof as agents leave it: some nodes, and then one claim after the other on them. */
function eventAt(sequence: number, nodes: number): object {
  const timestamp = timeOf(sequence);
  if (sequence === 1) return { type: 'proof_initialized', timestamp, conjecture: 'All is well', author: 'bench' };
  if (sequence === 2) return created(FREE_NODE, timestamp);
  if (sequence <= nodes + 2) return created(`1.${(sequence - 2).toString()}`, timestamp);
  const turn = sequence - nodes - 3;
  const place = turn % nodes;
  // A node is claimed, later extended, later released, and then claimed again by another agent.
  const round = Math.floor(turn / (3 * nodes));
  const phase = Math.floor(turn / nodes) % 3;
  const id = `1.${(place + 1).toString()}`;
  const owner = `agent-${((place + round) % 7).toString()}`;
  const until = timeOf(sequence + 3600);
  if (phase === 0) return { type: 'nodes_claimed', timestamp, node_ids: [id], owner, timeout: until };
  if (phase === 1) return { type: 'claim_refreshed', timestamp, node_id: id, owner, new_timeout: until };
  return { type: 'nodes_released', timestamp, node_ids: [id] };
}

/**
 * Makes a proof of `count` events in the living dialect in a new folder. The events of `like` (a proof that was made
 * here, of the same nodes and fewer events) are linked instead of written.
 */
export function makeLedger(proof: string, count: number, like: { proof: string; count: number } | null = null): void {
  makeFolders(proof);
  const nodes = Math.min(NODES_AT_MOST, Math.max(1, Math.floor(count / 10)));
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const path = eventPath(proof, sequence);
    if (like !== null && sequence <= like.count) linkSync(eventPath(like.proof, sequence), path);
    else writeFileSync(path, JSON.stringify(eventAt(sequence, nodes)));
  }
}

/** Makes a proof with `count` nodes, all of them claimed until an hour from now. */
export function makeClaimedLedger(proof: string, count: number): void {
  makeFolders(proof);
  const nowMs = Date.now();
  const timestamp = new Date(nowMs).toISOString();
  const until = new Date(nowMs + 3_600_000).toISOString();
  const ids = Array.from({ length: count }, (_, i) => `1.${(i + 1).toString()}`);
  const events = [
    { type: 'proof_initialized', timestamp, conjecture: 'All is well', author: 'bench' },
    created(FREE_NODE, timestamp),
    ...ids.map((id) => created(id, timestamp)),
    ...ids.map((id, i) => {
      return { type: 'nodes_claimed', timestamp, node_ids: [id], owner: `agent-${i.toString()}`, timeout: until };
    }),
  ];
  events.forEach((event, i) => writeFileSync(eventPath(proof, i + 1), JSON.stringify(event)));
}

function makeFolders(proof: string): void {
  mkdirSync(proof);
  for (const name of FOLDERS) mkdirSync(join(proof, name));
}

/** Removes the events that were appended after `count`. */
export function trimLedger(proof: string, count: number): void {
  for (let sequence = count + 1; ; sequence += 1) {
    try {
      unlinkSync(eventPath(proof, sequence));
    } catch {
      return;
    }
  }
}
