import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventName } from '../../../core/ledger/events/event-names';
import type { LedgerSource } from '../../../core/ledger/ledger-source';
import { LedgerReader } from '../../../core/ledger/reading/ledger-reader';
import type { Plan } from '../../../core/model';
import { nodesClaimed } from './events';
import {
  claimEvent,
  DIALECTS,
  expiredClaim,
  knownAfresh,
  knownBy,
  makeProof,
  NEVER,
  type Proof,
  sourceOf,
} from './proof';

const OTHER = { type: 'custom_event' };

/** A claim of ada's that ended, as event 2, and as many events behind it. */
function staleProof(dialect: (typeof DIALECTS)[number], behind: number): Proof {
  const proof = makeProof(dialect);
  proof.put(expiredClaim(dialect, '1', 'ada'));
  for (let i = 0; i < behind; i += 1) {
    proof.put(dialect === 'seed' ? OTHER : { type: 'node_amended', node_id: '1', new_statement: i.toString() }, 3 + i);
  }
  return proof;
}

/** A writer that had been stopped goes on: its event, of the number that was the next one then, replaces ada's claim. */
function wakeWriter(proof: Proof): void {
  proof.put(claimEvent(proof.dialect, '1', 'bob', Date.now() + 600_000), 2);
}

async function plannedReap(source: LedgerSource): Promise<Plan> {
  const { upserted } = await source.read({ signal: NEVER });
  const claim = upserted.find(({ id }) => id === 'node:1');
  if (claim === undefined) throw new Error('nobody holds it');
  const outcome = await source.plan({ action: 'reap', claims: [{ claimId: claim.id, seen: claim.seen }], actAs: null });
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

describe.each(DIALECTS)('%s: a claim that a stopped writer wrote over is not ended', (dialect) => {
  it.each([1, 40])('before the commit, %i events back', async (behind) => {
    const proof = staleProof(dialect, behind);
    const source = sourceOf(proof);
    const plan = await plannedReap(source);
    wakeWriter(proof);
    const before = proof.events();
    const result = await source.commit(plan, { reason: null, signal: NEVER });
    expect(result).toMatchObject({ kind: 'conflict', message: expect.stringContaining('bob') as string });
    expect(proof.events()).toEqual(before);
    const { upserted, findings } = await source.read({ signal: NEVER });
    expect(upserted.map(({ holder }) => holder.name)).toEqual(['bob']);
    const [finding] = findings.filter(({ code }) => code === 'event-changed');
    expect(finding).toMatchObject({ at: 2, severity: 'error', file: `ledger/${eventName(2, dialect)}` });
  });

  it('before the plan', async () => {
    const proof = staleProof(dialect, 1);
    const source = sourceOf(proof);
    const { seen } = await plannedReap(source);
    wakeWriter(proof);
    const outcome = await source.plan({ action: 'reap', claims: [{ claimId: 'node:1', seen }], actAs: null });
    expect(outcome).toMatchObject({ kind: 'conflict', message: expect.stringContaining('bob') as string });
  });

  it.each([1, 40])('while the commit waits for the lock, %i events back', async (behind) => {
    const proof = staleProof(dialect, behind);
    const source = sourceOf(proof);
    const plan = await plannedReap(source);
    const before = proof.events();
    const lock = join(proof.ledger, 'ledger.lock');
    writeFileSync(lock, '{}');
    const committing = source.commit(plan, { reason: null, signal: NEVER });
    await wait(150);
    wakeWriter(proof);
    rmSync(lock);
    const result = await committing;
    expect(['conflict', 'refused']).toContain(result.kind);
    if (behind === 40) {
      expect(result).toMatchObject({
        message: expect.stringContaining('Event #2, by which node 1 is claimed') as string,
      });
    }
    expect(proof.events()).toEqual(before);
    const { upserted } = await source.read({ signal: NEVER });
    expect(upserted.map(({ holder }) => holder.name)).toEqual(['bob']);
  });
});

it('an event that was written over is noticed with the next listing, also where nobody told its name', async () => {
  const proof = makeProof('living', ['1', '1.1']);
  proof.put(nodesClaimed(['1'], 'ada'));
  const reader = new LedgerReader(proof.folder);
  await reader.read({ signal: NEVER });
  proof.put(nodesClaimed(['1'], 'bob'), 3);
  const { reset, differences } = await reader.read({ signal: NEVER });
  expect(reset).toBe(true);
  expect(differences?.[0]).toMatch(/^Node 1 was shown as held by ada .* but is held by bob /);
  expect([...reader.replaced]).toEqual([3]);
  expect(knownBy(reader)).toEqual(await knownAfresh(proof));
  // Somebody who reads everything anew knows.
  await reader.read({ signal: NEVER, fresh: true });
  expect([...reader.replaced]).toEqual([]);
});

it('one far back, written in place, is noticed by a look at all files', async () => {
  const proof = makeProof('seed');
  for (let i = 2; i <= 1_200; i += 1) proof.put(OTHER, i);
  const reader = new LedgerReader(proof.folder);
  await reader.read({ signal: NEVER });
  expect((await reader.read({ signal: NEVER, check: 'all' })).reset).toBe(false);
  const changedBefore = statSync(proof.ledger).mtimeMs;
  writeFileSync(join(proof.ledger, eventName(7, 'seed')), claimEvent('seed', '1', 'bob', Date.now() + 600_000));
  expect(statSync(proof.ledger).mtimeMs).toBe(changedBefore);
  expect((await reader.read({ signal: NEVER, check: 'newest' })).reset).toBe(false);
  const { reset, differences } = await reader.read({ signal: NEVER, check: 'all' });
  expect(reset).toBe(true);
  expect(differences?.[0]).toMatch(/^Node 1 was shown as not held, but is held by bob /);
  expect([...reader.replaced]).toEqual([7]);
  expect(knownBy(reader)).toEqual(await knownAfresh(proof));
});

it('more hints than anybody keeps do not hide it', async () => {
  const proof = makeProof('seed');
  const last = 2_500;
  for (let i = 2; i <= last; i += 1) proof.put(OTHER, i);
  // Watched: a reading lists nothing by itself.
  const reader = new LedgerReader(proof.folder, { isWatched: () => true });
  await reader.read({ signal: NEVER });
  proof.put(claimEvent('seed', '1', 'bob', Date.now() + 600_000), 1_200);
  for (let i = 1; i <= last; i += 1) reader.hint(eventName(i, 'seed'));
  await reader.read({ signal: NEVER });
  expect(knownBy(reader)).toEqual(await knownAfresh(proof));
  expect([...reader.replaced]).toEqual([1_200]);
});
