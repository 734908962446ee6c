import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { livingName } from '../../../../core/ledger/events/event-names';
import { LedgerReader } from '../../../../core/ledger/reading/ledger-reader';
import { SideListing } from '../../../../core/ledger/reading/side-listing';
import { nodesClaimed, nodesReleased } from '../events';
import { knownAfresh, knownBy, makeProof, NEVER, type Proof } from '../proof';

describe('a listing on the side', () => {
  it('costs what it took; one that only makes sure waits fifty times as long', async () => {
    const proof = makeProof('living');
    expect(new SideListing(proof.ledger).isCheap).toBe(true);
    const listing = new SideListing(proof.ledger, 0);
    let atMs = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (atMs += 1));
    onTestFinished(() => {
      clock.mockRestore();
    });
    expect((await listing.list(NEVER)).count).toBe(1);
    expect(listing.isCheap).toBe(false);
    expect(listing.isDue).toBe(false);
    atMs += 5_000;
    expect(listing.isDue).toBe(true);
  });

  it('is one at a time, gives its names once, and none after it was stopped', async () => {
    const proof = makeProof('living');
    const listing = new SideListing(proof.ledger, 0);
    const given: (number | null)[] = [];
    listing.start((names) => given.push(names?.count ?? null));
    expect(listing.isDue).toBe(false);
    await vi.waitFor(() => expect(given).toEqual([1]));
    listing.start((names) => given.push(names?.count ?? null));
    listing.stop();
    await wait(50);
    expect(given).toEqual([1]);
    rmSync(proof.ledger, { recursive: true });
    listing.start((names) => given.push(names?.count ?? null));
    await vi.waitFor(() => expect(given).toEqual([1, null]));
  });
});

/** A reader of a watched ledger in which every listing is too long to be waited for; read once. */
async function watched(proof: Proof) {
  let doubts = 0;
  const reader = new LedgerReader(proof.folder, {
    isWatched: () => true,
    cheapListingMs: 0,
    onDoubt: () => {
      doubts += 1;
    },
  });
  await reader.read({ signal: NEVER });
  /** As a watch that only makes sure. Resolves when a listing was begun. */
  const makeSure = async (): Promise<void> => {
    reader.hintUnknown();
    await vi.waitFor(
      async () => {
        await reader.read({ signal: NEVER });
        expect(reader.owesListing).toBe(false);
      },
      { timeout: 5_000 },
    );
  };
  return { reader, makeSure, doubts: () => doubts };
}

describe('in a long ledger, a watch that only makes sure', () => {
  const changes: Readonly<Record<string, (proof: Proof) => void>> = {
    'a number that does not follow': (proof) => proof.put(nodesClaimed(['1']), 9),
    'a temp file': (proof) => {
      writeFileSync(join(proof.ledger, '.event-9.tmp'), '');
    },
    'an event that was written over': (proof) =>
      proof.put({ type: 'node_amended', node_id: '1', new_statement: 'otherwise' }, 3),
    'the last event gone': (proof) => {
      rmSync(join(proof.ledger, livingName(3)));
    },
    'a second file of a number': (proof) => {
      writeFileSync(join(proof.ledger, '2.json'), '{}');
    },
  };

  it.each(Object.entries(changes))(
    'has %s noticed that nobody told of, and nobody waits for it',
    async (_name, change) => {
      const proof = makeProof('living', ['1', '1.1']);
      proof.put(nodesClaimed(['1'], 'ada'), 2);
      proof.put(nodesReleased('1'), 3);
      const { reader, makeSure, doubts } = await watched(proof);
      change(proof);
      // Nothing was told, and nothing is listed.
      await reader.read({ signal: NEVER });
      expect(knownBy(reader)).not.toEqual(await knownAfresh(proof));
      expect(doubts()).toBe(0);
      await makeSure();
      await vi.waitFor(() => expect(doubts()).toBeGreaterThan(0), { timeout: 5_000 });
      await reader.read({ signal: NEVER });
      expect(knownBy(reader)).toEqual(await knownAfresh(proof));
    },
  );

  it('doubts nothing where all is as it was read', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    const { makeSure, doubts } = await watched(proof);
    await makeSure();
    await wait(100);
    expect(doubts()).toBe(0);
  });

  it('puts a second listing off, and says that it owes one', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    const { reader, makeSure } = await watched(proof);
    await makeSure();
    reader.hintUnknown();
    await reader.read({ signal: NEVER });
    expect(reader.owesListing).toBe(true);
  });

  it('is heard no more once the reader is closed', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    const { reader, makeSure, doubts } = await watched(proof);
    proof.put(nodesClaimed(['1']), 9);
    await makeSure();
    reader.close();
    await wait(100);
    expect(doubts()).toBe(0);
  });
});
