import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActionRequest, Claim, ClaimPlan, PlanOutcome } from '../../../core/model';
import { onCall, systemError } from '../../helpers/system-calls';
import {
  claimEvent,
  DIALECTS,
  expiredClaim,
  makeProof,
  NEVER,
  type Proof,
  readAfresh,
  releaseEvent,
  sourceOf,
} from './proof';

const NODES = ['1', '1.2', '1.10'];

function proofWithStale(dialect: Proof['dialect'], nodes: readonly string[] = NODES): Proof {
  const proof = makeProof(dialect, nodes);
  for (const [at, node] of [...nodes].reverse().entries()) {
    proof.put(expiredClaim(dialect, node, at % 2 === 0 ? 'ada' : 'bo'));
  }
  return proof;
}

function reapOf(claims: readonly Claim[]): ActionRequest {
  return { action: 'reap', claims: claims.map(({ id, seen }) => ({ claimId: id, seen })), actAs: null };
}

function planned(outcome: PlanOutcome): ClaimPlan {
  if (outcome.kind !== 'planned' || outcome.plan.action === 'mend') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

describe('a batch of several events', () => {
  it('that ends half way tells what was written, and leaves it on disk', async () => {
    const proof = proofWithStale('seed');
    const source = sourceOf(proof);
    const { upserted, head } = await source.read({ signal: NEVER });
    const plan = planned(await source.plan(reapOf(upserted)));
    let [published, synced] = [0, 0];
    onCall('linkSync', (_args, go) => {
      published += 1;
      if (published === 3) throw systemError('EIO');
      return go();
    });
    onCall('openSync', ([path], go) => {
      if (path === proof.ledger) synced += 1;
      return go();
    });
    const result = await source.commit(plan, { reason: null, signal: NEVER });
    expect(result).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('Only 2 of 3 were written') as string,
      written: [{ file: plan.writes[0]?.file }, { file: plan.writes[1]?.file }],
    });
    expect(synced).toBe(1);
    expect(await readAfresh(proof)).toMatchObject({ head: (head ?? 0) + 2, upserted: [{ resource: '1.10' }] });
    expect(readdirSync(proof.ledger).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  it('whose next number somebody takes without the lock tells what was written before', async () => {
    const proof = proofWithStale('seed');
    const source = sourceOf(proof);
    const { upserted, head } = await source.read({ signal: NEVER });
    const plan = planned(await source.plan(reapOf(upserted)));
    let published = 0;
    onCall('linkSync', (args, go) => {
      published += 1;
      if (published === 3) writeFileSync(String(args[1]), plan.writes[2]?.content ?? '');
      return go();
    });
    expect(await source.commit(plan, { reason: null, signal: NEVER })).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('Somebody wrote') as string,
      written: [{ file: plan.writes[0]?.file }, { file: plan.writes[1]?.file }],
    });
    // The last event is somebody else's, and none of ours is behind it.
    expect(await readAfresh(proof)).toMatchObject({ head: (head ?? 0) + 3, upserted: [] });
  });

  it('that is given up while its events are brought to disk writes nothing', async () => {
    const nodes = Array.from({ length: 300 }, (_, at) => `1.${(at + 1).toString()}`);
    const proof = proofWithStale('seed', nodes);
    const source = sourceOf(proof);
    const { upserted } = await source.read({ signal: NEVER });
    const plan = planned(await source.plan(reapOf(upserted)));
    const before = readdirSync(proof.ledger);
    const controller = new AbortController();
    let synced = 0;
    onCall('fsyncSync', (_args, go) => {
      synced += 1;
      // As a key that is pressed while the disk is at work.
      if (synced === 5) setImmediate(() => controller.abort());
      const untilMs = performance.now() + 3;
      while (performance.now() < untilMs);
      return go();
    });
    expect(await source.commit(plan, { reason: null, signal: controller.signal })).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('given up') as string],
    });
    expect(synced).toBeLessThan(100);
    expect(readdirSync(proof.ledger)).toEqual(before);
  });
});

describe.each(DIALECTS)('a batch of stale claims, %s', (dialect) => {
  it('ends all in one step: by node number, each once, whatever order was asked for', async () => {
    const proof = proofWithStale(dialect);
    const source = sourceOf(proof);
    const { upserted, head } = await source.read({ signal: NEVER });
    const [first] = upserted;
    const asked = [...upserted].reverse();
    const plan = planned(await source.plan(reapOf(first === undefined ? asked : [...asked, first])));
    expect(plan).toMatchObject({ resource: '3 nodes', holder: null, verdict: 'expired', actAs: null });
    expect(plan.claims.map(({ resource, holder }) => [resource, holder])).toEqual([
      ['1', 'ada'],
      ['1.2', 'bo'],
      ['1.10', 'ada'],
    ]);
    const written = dialect === 'living' ? 1 : 3;
    expect(plan.writes).toHaveLength(written);
    // What is common is said once, and the end of each lease with its own claim.
    expect(plan.evidence.map(({ kind }) => kind)).toContain('holder-unknowable');
    for (const { evidence } of plan.claims) expect(evidence.map(({ kind }) => kind)).toEqual(['lease-over']);

    const result = await source.commit(plan, { reason: null, signal: NEVER });
    expect(result).toMatchObject({ kind: 'done', warnings: [] });
    if (result.kind !== 'done') return;
    const events = result.written.map(({ content }) => JSON.parse(content) as Record<string, unknown>);
    expect(events.map(({ type }) => type)).toEqual(
      dialect === 'living' ? ['nodes_released'] : ['lock_reaped', 'lock_reaped', 'lock_reaped'],
    );
    const nodes = events.flatMap((event) => (dialect === 'living' ? event['node_ids'] : event['node_id']));
    expect(nodes).toEqual(NODES);
    const after = await readAfresh(proof);
    expect(after).toMatchObject({ status: { kind: 'readable' }, upserted: [], head: (head ?? 0) + written });
    expect(readdirSync(proof.ledger).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  it('names the claim that changed since it was seen, and writes nothing', async () => {
    const proof = proofWithStale(dialect);
    const source = sourceOf(proof);
    const { upserted } = await source.read({ signal: NEVER });
    const plan = planned(await source.plan(reapOf(upserted)));
    proof.put(releaseEvent(dialect, '1.2', 'bo'));
    const before = proof.events();
    expect(await source.commit(plan, { reason: null, signal: NEVER })).toEqual({
      kind: 'conflict',
      message: expect.stringContaining('Node 1.2 is not claimed any more') as string,
    });
    expect(proof.events()).toEqual(before);
  });

  it('is a conflict when one claim is asked for as it was and as it is, in whatever order', async () => {
    const source = sourceOf(proofWithStale(dialect));
    const { upserted } = await source.read({ signal: NEVER });
    const asItWas = upserted.slice(0, 1).map((claim) => ({ ...claim, seen: `${claim.seen}-before` }));
    for (const claims of [
      [...asItWas, ...upserted],
      [...upserted, ...asItWas],
    ]) {
      expect(await source.plan(reapOf(claims))).toMatchObject({ kind: 'conflict' });
    }
  });

  it('refuses a claim that runs, and any other action', async () => {
    const proof = makeProof(dialect, ['1', '1.1']);
    proof.put(expiredClaim(dialect, '1'));
    proof.put(claimEvent(dialect, '1.1', 'eve', Date.now() + 600_000));
    const source = sourceOf(proof);
    const { upserted } = await source.read({ signal: NEVER });
    const request = reapOf(upserted);
    expect(await source.plan(request)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('The claim of eve is live')],
    });
    if (request.action === 'mend') throw new Error('no reap');
    expect(await source.plan({ ...request, action: 'force-release' })).toMatchObject({
      kind: 'refused',
      reasons: ['Only stale claims are ended together, by a reap.'],
    });
  });

  it('takes no lock file along, and says which', async () => {
    const proof = proofWithStale(dialect, ['1', '1.1']);
    mkdirSync(join(proof.folder, 'locks'));
    const times = { acquired_at: '2020-01-01T00:00:00Z', expires_at: '2020-01-01T00:05:00Z' };
    writeFileSync(join(proof.folder, 'locks/1.7.lock'), JSON.stringify({ node_id: '1.7', owner: 'cy', ...times }));
    const source = sourceOf(proof);
    const { upserted } = await source.read({ signal: NEVER });
    expect(
      upserted
        .filter(({ inBatch }) => inBatch === true)
        .map(({ resource }) => resource)
        .sort(),
    ).toEqual(['1', '1.1']);
    const outcome = await source.plan(reapOf(upserted));
    expect(outcome).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('by itself: 1.7')] });
  });
});
