import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['assumptions', 'defs', 'externals', 'ledger', 'lemmas', 'locks', 'nodes'];
const CHILDREN = 40;
const OWNERS = 23;
/** A claim a batch of nodes: as many as one agent takes at once. */
const BATCH = 25;

/** The id of node `n` (from 0 on) of a tree in which each node has up to 40 children. */
function idOf(n: number): string {
  const path: number[] = [];
  for (let at = n; at > 0; at = Math.floor((at - 1) / CHILDREN)) path.unshift(((at - 1) % CHILDREN) + 1);
  return ['1', ...path.map((step) => step.toString())].join('.');
}

/**
 * Makes a proof in the living dialect, in a new folder, whose tree has `nodes` nodes; the first `claimed` of them are
 * claimed now, by agents in turn: most for some hours yet, some nearly over, some over. Returns how many events it has.
 */
export function makeWideLedger(proof: string, nodes: number, claimed: number): number {
  mkdirSync(proof);
  for (const name of FOLDERS) mkdirSync(join(proof, name));
  writeFileSync(join(proof, 'meta.json'), '{"version": "1.0"}');
  const nowMs = Date.now();
  const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString();
  let count = 0;
  const write = (event: object): void => {
    count += 1;
    writeFileSync(join(proof, 'ledger', `${count.toString().padStart(6, '0')}.json`), JSON.stringify(event));
  };
  write({ type: 'proof_initialized', timestamp: at(-7200), conjecture: 'All is well', author: 'bench' });
  for (let n = 0; n < nodes; n += 1) {
    const node = {
      id: idOf(n),
      type: 'claim',
      statement: `Whatever holds for the nodes above holds for node ${idOf(n)} too, by the hypothesis of induction`,
      inference: 'assumption',
      workflow_state: 'available',
      epistemic_state: 'pending',
      taint_state: 'unresolved',
      content_hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      created: at(-7000),
      claimed_at: '0001-01-01T00:00:00Z',
    };
    write({ type: 'node_created', timestamp: at(-7000), node });
  }
  for (let n = 0, turn = 0; n < claimed; n += BATCH, turn += 1) {
    const ids = Array.from({ length: Math.min(BATCH, claimed - n) }, (_, i) => idOf(n + i));
    const left = turn % 10 === 0 ? -600 - turn : turn % 10 === 1 ? 240 : 7200 + turn * 3;
    write({
      type: 'nodes_claimed',
      timestamp: at(-3600 + turn),
      node_ids: ids,
      owner: `prover-${(turn % OWNERS).toString()}`,
      timeout: at(left),
    });
  }
  return count;
}
