import { readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeCreated, nodesClaimed, nodesReleased } from './events';
import { claimEvent, makeProof, NEVER, type Proof, sourceOf } from './proof';

/** Edits an event in place, to as many bytes, and sets its times back: to a look at the file it is the same. */
function editUnseen(proof: Proof, name: string, from: string, to: string): void {
  const path = join(proof.ledger, name);
  const { atime, mtime } = statSync(path);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  expect(to).toHaveLength(from.length);
  writeFileSync(path, text.replaceAll(from, to));
  utimesSync(path, atime, mtime);
}

async function openedProof() {
  const proof = makeProof('living', ['1', '1.1', '1.2']);
  const names = [proof.put(nodesClaimed(['1'], 'ada')), proof.put(nodesClaimed(['1.1'], 'bob'))];
  // Whole seconds, which can be set back exactly.
  for (const name of proof.events()) utimesSync(join(proof.ledger, name), 1_700_000_000, 1_700_000_000);
  const source = sourceOf(proof);
  await source.read({ signal: NEVER });
  const verify = async () => {
    await source.read({ signal: NEVER });
    return (await source.read({ signal: NEVER, fresh: true })).differences;
  };
  return { proof, names, source, verify };
}

it('an unchanged ledger read anew differs in nothing, nor does one that grew', async () => {
  const { proof, source, verify } = await openedProof();
  expect(await verify()).toEqual([]);
  proof.put(nodesReleased('1'));
  proof.put(nodesClaimed(['1.2'], 'cy'));
  // Not seen before the fresh reading: what came meanwhile is no difference.
  expect((await source.read({ signal: NEVER, fresh: true })).differences).toEqual([]);
  expect((await source.read({ signal: NEVER })).differences).toBeUndefined();
});

it('an event edited behind our back is told, claim by claim', async () => {
  const { proof, names, verify } = await openedProof();
  editUnseen(proof, names[0] ?? '', 'ada', 'eve');
  expect(await verify()).toEqual([
    'Node 1 was shown as held by ada since #4 (2026-01-15T10:30:00Z), until 2096-01-01T00:00:00Z by #4, but is held by eve since #4 (2026-01-15T10:30:00Z), until 2096-01-01T00:00:00Z by #4.',
    'What was shown of earlier claims, their history, is not what the events say.',
  ]);
  expect(await verify()).toEqual([]);
});

it('also when the ledger grew at the same time', async () => {
  const { proof, names, source } = await openedProof();
  editUnseen(proof, names[1] ?? '', 'bob', 'eve');
  proof.put(nodesReleased('1'));
  const { differences = [] } = await source.read({ signal: NEVER, fresh: true });
  expect(differences[0]).toMatch(/^Node 1.1 was shown as held by bob .* but is held by eve /);
});

it('bytes that say the same, a statement and the past of what is free again are told', async () => {
  const { proof, names, verify } = await openedProof();
  editUnseen(
    proof,
    names[0] ?? '',
    '"type":"nodes_claimed","timestamp":"2026-01-15T10:30:00Z"',
    '"timestamp":"2026-01-15T10:30:00Z","type":"nodes_claimed"',
  );
  expect(await verify()).toEqual(['Node 1: the bytes of event #4 are not those that were shown.']);
  editUnseen(proof, '000001.json', '"s 1"', '"t 1"');
  expect(await verify()).toEqual(['Node 1 was shown with another statement.']);
  proof.put(nodesReleased('1', '1.1'));
  expect(await verify()).toEqual([]);
  editUnseen(proof, names[1] ?? '', 'bob', 'eve');
  expect(await verify()).toEqual(['What was shown of earlier claims, their history, is not what the events say.']);
});

it('an end that is not there any more, and another dialect, are told', async () => {
  const { proof, names, source } = await openedProof();
  unlinkSync(join(proof.ledger, names[1] ?? ''));
  const { differences } = await source.read({ signal: NEVER, fresh: true });
  expect(differences).toEqual(['It was shown up to event #5, but ends at #4.']);
  const seed = makeProof('seed');
  const name = seed.put(claimEvent('seed', '1', 'ada', Date.now() + 60_000));
  const other = sourceOf(seed);
  await other.read({ signal: NEVER });
  for (const [i, text] of [nodeCreated('1'), nodesClaimed(['1'], 'ada')].entries()) {
    unlinkSync(join(seed.ledger, `event-00000${(i + 1).toString()}.json`));
    writeFileSync(join(seed.ledger, `00000${(i + 1).toString()}.json`), JSON.stringify(text));
  }
  expect(name).toBe('event-000002.json');
  expect((await other.read({ signal: NEVER, fresh: true })).differences).toEqual([
    'It was shown in the seed dialect, but is in the living dialect.',
  ]);
});

it('findings about events that were shown are compared', async () => {
  const proof = makeProof('seed');
  const name = proof.put(claimEvent('seed', '1', 'ada', Date.now() + 60_000));
  proof.put({ type: 'lock_released', timestamp: '2026-01-15T10:30:00Z', node_id: '1', owner: 'ada' });
  const source = sourceOf(proof);
  await source.read({ signal: NEVER });
  editUnseen(proof, name, '"ada"', '"eve"');
  const { differences } = await source.read({ signal: NEVER, fresh: true });
  expect(differences).toEqual([
    'This was not shown: Event #3 (lock_released) names ada, but it was eve who held node 1.',
    'What was shown of earlier claims, their history, is not what the events say.',
  ]);
});

it('a fresh reading of what was never read, or cannot be reached, compares nothing', async () => {
  const proof = makeProof('living');
  const source = sourceOf(proof);
  expect((await source.read({ signal: NEVER, fresh: true })).differences).toBeUndefined();
  renameSync(proof.ledger, `${proof.ledger}-away`);
  expect((await source.read({ signal: NEVER, fresh: true })).differences).toBeUndefined();
});
