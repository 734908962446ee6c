import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claimsAsOf, LedgerReader } from '../../../../core/ledger';

const AF = join(import.meta.dirname, '../../../fixtures/af');

async function readerOf(recording: string): Promise<LedgerReader> {
  const reader = new LedgerReader(join(AF, recording));
  await reader.read({ signal: new AbortController().signal });
  return reader;
}

function holders(reader: LedgerReader, sequence: number): readonly string[] {
  return claimsAsOf(reader, sequence).claims.map((claim) => `${claim.node} ${claim.owner}`);
}

it('tells who held what at any event of a recording', async () => {
  const reader = await readerOf('reaped');
  expect(holders(reader, 0)).toEqual([]);
  expect(holders(reader, 3)).toEqual(['1 prover-ada']);
  expect(holders(reader, 8)).toEqual([]);
  expect(holders(reader, 11)).toEqual(['1.1 prover-ada', '1.2 verifier-bo', '1.3 prover-cy']);
  expect(holders(reader, 13)).toEqual(['1.1 prover-ada', '1.3 prover-cy']);
  expect(holders(reader, 14)).toEqual(['1.1 prover-ada', '1.2 prover-cy', '1.3 prover-cy']);
});

it('as of the last event is what the reader itself says, and beyond it too', async () => {
  const reader = await readerOf('three-agents');
  expect(claimsAsOf(reader, reader.head).claims).toEqual(reader.replay.claims());
  expect(claimsAsOf(reader, 1_000_000)).toEqual({ upTo: reader.head, claims: reader.replay.claims() });
});

it('stops before the event that breaks a ledger, and says so', async () => {
  const reader = await readerOf('bricked-by-concurrent-reap');
  expect(claimsAsOf(reader, 6).upTo).toBe(4);
  expect(holders(reader, 3)).toEqual(['1 p']);
});
