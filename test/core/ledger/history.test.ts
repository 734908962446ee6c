import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LedgerSource } from '../../../core/ledger/ledger-source';
import { nodesClaimed, nodesReleased } from './events';
import { makeProof, NEVER, sourceOf } from './proof';

async function toldBy(source: LedgerSource, fresh = false) {
  const { reset, transitions } = await source.read({ signal: NEVER, fresh });
  return { reset, told: transitions.map(({ kind, sequence }) => [kind, sequence]) };
}

async function kindsOf(source: LedgerSource, claimId: string, limit = 10) {
  return (await source.history(claimId, limit)).map(({ kind, sequence }) => [kind, sequence]);
}

it('a reading tells what is new, and none of the past; the past is there when it is asked for', async () => {
  const proof = makeProof('living', ['1', '1.1']);
  proof.put(nodesClaimed(['1', '1.1'], 'ada'));
  proof.put(nodesReleased('1'));
  const source = sourceOf(proof);
  expect(await toldBy(source)).toEqual({ reset: true, told: [] });
  expect(await kindsOf(source, 'node:1')).toEqual([
    ['taken', 3],
    ['released', 4],
  ]);
  proof.put(nodesReleased('1.1'));
  proof.put(nodesClaimed(['1.1'], 'grace'));
  expect(await toldBy(source)).toEqual({
    reset: false,
    told: [
      ['released', 5],
      ['taken', 6],
    ],
  });
  expect(await kindsOf(source, 'node:1.1', 2)).toEqual([
    ['released', 5],
    ['taken', 6],
  ]);
  expect(await source.history('node:1.1', 1)).toMatchObject([
    { claimId: 'node:1.1', basis: 'recorded', holder: 'grace' },
  ]);
  expect(await toldBy(source, true)).toEqual({ reset: true, told: [] });
  expect(await kindsOf(source, 'node:1.1')).toHaveLength(3);
  expect(await kindsOf(source, 'node:2')).toEqual([]);
  expect(await kindsOf(source, 'write-lock')).toEqual([]);
});

it('of a ledger that was read anew the past is the new one', async () => {
  const proof = makeProof('living');
  const name = proof.put(nodesClaimed(['1'], 'ada'));
  const source = sourceOf(proof);
  await toldBy(source);
  writeFileSync(join(proof.ledger, name), JSON.stringify(nodesClaimed(['1'], 'grace')));
  expect(await toldBy(source, true)).toEqual({ reset: true, told: [] });
  expect((await source.history('node:1', 10)).map(({ holder }) => holder)).toEqual(['grace']);
});
