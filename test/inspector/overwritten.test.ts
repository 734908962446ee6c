import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ledgerProtocol } from '../../core/ledger';
import type { Inspector } from '../../inspector';
import { nodesClaimed } from '../core/ledger/events';
import { expiredClaim, makeProof, type Proof } from '../core/ledger/proof';
import { eventually, inspect, rowOf, tempFolder } from '../helpers/inspect';

/** Writes into an event in place, to as many bytes, and sets its times back: to a look at the file it is the same. */
function editUnseen(proof: Proof, name: string, from: string, to: string): void {
  const file = path.join(proof.ledger, name);
  const { atime, mtime } = statSync(file);
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to));
  utimesSync(file, atime, mtime);
}

/** A proof with a stale claim on node 1, and others of `holders` on nodes below it; nobody watches it. */
async function opened(holders: readonly string[]) {
  const nodes = holders.map((_, i) => `1.${(i + 1).toString()}`);
  const proof = makeProof('living', ['1', ...nodes]);
  proof.put(expiredClaim('living', '1', 'ada'));
  const names = holders.map((holder, i) => proof.put(nodesClaimed([nodes[i] ?? ''], holder)));
  // Whole seconds, which can be set back exactly.
  for (const name of proof.events()) utimesSync(path.join(proof.ledger, name), 1_700_000_000, 1_700_000_000);
  const inspector = inspect({ protocols: [ledgerProtocol], dataFolder: await tempFolder(), watch: false });
  await inspector.open(proof.folder);
  await inspector.settled();
  const notices: string[] = [];
  inspector.onNotice(({ tone, message }) => notices.push(`${tone}: ${message}`));
  return { proof, names, inspector, notices, sourceId: inspector.snapshot().sources[0]?.id ?? '' };
}

async function reapNode1(inspector: Inspector): Promise<void> {
  const row = rowOf(inspector.snapshot(), '1');
  const claims = [{ key: row?.key ?? '', seen: row?.seen ?? '' }];
  const planned = await inspector.plan({ claims, action: 'reap', actAs: null });
  if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
  const result = await inspector.commit({ planId: planned.plan.id, reason: null, confirmation: null });
  expect(result.kind).toBe('done');
}

it('an event that is written over after an action is told once, though nothing tells of a change', async () => {
  const { proof, names, inspector, notices } = await opened(['bob', 'cy']);
  await reapNode1(inspector);
  // In place: the folder does not change, and nobody watches. Its time does.
  writeFileSync(path.join(proof.ledger, names[0] ?? ''), JSON.stringify(nodesClaimed(['1.1'], 'eve')));
  await eventually(() => notices.length > 0, 8_000);
  expect(notices).toEqual([
    expect.stringMatching(
      /^error: What was shown of .* is not so, .* Node 1\.1 was shown as held by bob .* held by eve /,
    ),
  ]);
  expect(rowOf(inspector.snapshot(), '1.1')?.holder).toBe('eve');
  expect(inspector.snapshot().sources[0]?.findings).toEqual([
    expect.objectContaining({ code: 'event-changed', at: Number.parseInt(names[0] ?? '', 10) }),
  ]);
}, 20_000);

it('a source that is what was read is not read anew after an action', async () => {
  const { inspector, notices } = await opened(['bob']);
  const rereads: unknown[] = [];
  inspector.onChanges(({ changes }) => {
    for (const change of changes)
      if (change.kind === 'source' && change.source.rereading !== undefined) rereads.push(1);
  });
  await reapNode1(inspector);
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(rereads).toEqual([]);
  expect(notices).toEqual([]);
}, 20_000);

it('verifying a ledger names twenty differences, and how many more there are', async () => {
  const { proof, names, inspector, notices, sourceId } = await opened(Array.from({ length: 25 }, () => 'bob'));
  for (const name of names) editUnseen(proof, name, '"bob"', '"eve"');
  const outcome = await inspector.verify(sourceId);
  if (outcome.kind !== 'differed') throw new Error(JSON.stringify(outcome));
  expect(outcome.differences).toHaveLength(21);
  expect(outcome.differences[19]).toMatch(/^Node 1\.20 was shown as held by bob /);
  // Five claims, and the history.
  expect(outcome.differences[20]).toBe('And 6 more that are not named here.');
  expect(notices).toEqual([]);
  expect((await inspector.verify(sourceId)).kind).toBe('same');
});

it('what the look before a fresh reading finds already is a difference too', async () => {
  const { proof, inspector, notices, sourceId } = await opened(['bob']);
  proof.put(nodesClaimed(['1.1'], 'eve'), 4);
  expect(await inspector.verify(sourceId)).toMatchObject({
    kind: 'differed',
    differences: [
      expect.stringMatching(/^Node 1\.1 was shown as held by bob .* held by eve /) as string,
      expect.anything(),
    ],
  });
  expect(notices).toEqual([]);
});
