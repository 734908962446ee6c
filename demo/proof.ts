import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface DemoNode {
  readonly id: string;
  readonly inference: string;
  readonly statement: string;
}

const CONJECTURE = 'The sum of the first n odd numbers is n²';

/** A small true proof by induction, as a few agents would divide it. */
const NODES: readonly DemoNode[] = [
  { id: '1', inference: 'assumption', statement: CONJECTURE },
  { id: '1.1', inference: 'assumption', statement: 'Base case: for n = 1 the sum is 1 = 1²' },
  { id: '1.2', inference: 'assumption', statement: 'Hypothesis: 1 + 3 + … + (2k − 1) = k²' },
  { id: '1.3', inference: 'assumption', statement: 'Step: if it holds for k, it holds for k + 1' },
  { id: '1.3.1', inference: 'assumption', statement: 'The next odd number after 2k − 1 is 2k + 1' },
  { id: '1.3.2', inference: 'assumption', statement: 'Adding it on both sides gives k² + 2k + 1' },
  { id: '1.3.3', inference: 'assumption', statement: 'k² + 2k + 1 = (k + 1)²' },
  { id: '1.4', inference: 'assumption', statement: 'By induction it holds for every n ≥ 1' },
];

/** The nodes that agents claim. The root stays free: it is what they all work towards. */
export const DEMO_NODE_IDS: readonly string[] = NODES.slice(1).map((node) => node.id);

// The folders that the program which owns this dialect makes; they tell which dialect it is.
const FOLDERS = ['assumptions', 'defs', 'externals', 'ledger', 'lemmas', 'locks', 'nodes'];

/** Writes a new proof in the living dialect into `folder`, which must not exist. */
export function writeProof(folder: string, nowMs: number): void {
  mkdirSync(folder);
  for (const name of FOLDERS) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'meta.json'), '{"version": "1.0"}');
  const timestamp = new Date(nowMs).toISOString();
  const events = [
    { type: 'proof_initialized', timestamp, conjecture: CONJECTURE, author: 'lockscope-demo' },
    ...NODES.map((node) => nodeCreated(node, timestamp)),
  ];
  events.forEach((event, i) => {
    const name = `${(i + 1).toString().padStart(6, '0')}.json`;
    writeFileSync(join(folder, 'ledger', name), JSON.stringify(event), { flag: 'wx' });
  });
}

function nodeCreated(node: DemoNode, timestamp: string): object {
  return {
    type: 'node_created',
    timestamp,
    node: {
      id: node.id,
      type: 'claim',
      statement: node.statement,
      inference: node.inference,
      workflow_state: 'available',
      epistemic_state: 'pending',
      taint_state: 'unresolved',
      content_hash: createHash('sha256').update(`claim:${node.statement}:${node.inference}`).digest('hex'),
      created: timestamp,
      claimed_at: '0001-01-01T00:00:00Z',
    },
  };
}
