import { expect, it } from 'vitest';
import { nodesClaimed, nodesReleased } from './events';
import { makeProof, NEVER, sourceOf } from './proof';

it('more transitions at a time than a call takes arguments', async () => {
  const nodes = Array.from({ length: 15_000 }, (_, i) => `1.${(i + 1).toString()}`);
  const proof = makeProof('living', []);
  let at = 0;
  const put = (event: object): void => {
    at += 1;
    proof.put(event, at);
  };
  for (const id of nodes)
    put({ type: 'node_created', timestamp: '2026-01-15T10:30:00Z', node: { id, workflow_state: 'available' } });
  const source = sourceOf(proof);
  await source.read({ signal: NEVER });
  for (let i = 0; i < 5; i += 1) {
    put(nodesClaimed(nodes));
    put(nodesReleased(...nodes));
  }
  const { transitions, status } = await source.read({ signal: NEVER });
  expect(status.kind).toBe('readable');
  expect(transitions).toHaveLength(150_000);
}, 120_000);
