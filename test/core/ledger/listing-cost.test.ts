import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodesClaimed, nodesReleased } from './events';
import { makeProof, NEVER, sourceOf } from './proof';

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** How often a folder is listed from now on. */
function listingsOf(folder: string): () => number {
  const spy = vi.spyOn(fs, 'opendirSync');
  syncBuiltinESMExports();
  return () => spy.mock.calls.filter(([path]) => path === folder).length;
}

describe('a watched ledger', () => {
  it('is not listed by a reading that finds dealt with what its watch told', async () => {
    const proof = makeProof('living');
    const source = sourceOf(proof);
    let hints = 0;
    source.watch(() => {
      hints += 1;
    });
    await source.read({ signal: NEVER });
    const listings = listingsOf(proof.ledger);
    for (let i = 0; i < 10; i += 1) {
      const before = hints;
      proof.put(i % 2 === 0 ? nodesClaimed(['1'], 'ada') : nodesReleased('1'));
      await expect.poll(() => hints, { interval: 1 }).toBeGreaterThan(before);
      // The hint may cause one reading more than there is something to read, and does so on a thread of its own.
      for (let again = 0; again < 3; again += 1) await source.read({ signal: NEVER });
    }
    expect((await source.read({ signal: NEVER })).head).toBe(11);
    expect(listings()).toBe(0);
  });

  it('that nobody watches is listed when its folder changed', async () => {
    const proof = makeProof('living');
    const source = sourceOf(proof);
    await source.read({ signal: NEVER });
    const listings = listingsOf(proof.ledger);
    proof.put(nodesClaimed(['1'], 'ada'));
    await source.read({ signal: NEVER });
    expect(listings()).toBeGreaterThan(0);
  });
});

describe('a watch that begins late', () => {
  it('has a name noticed that came before it and follows nothing', async () => {
    const proof = makeProof('living');
    const source = sourceOf(proof);
    await source.read({ signal: NEVER });
    proof.put(nodesClaimed(['1'], 'ada'), 7);
    source.watch(() => undefined);
    const { findings } = await source.read({ signal: NEVER });
    expect(findings.map((finding) => finding.code)).toContain('gap');
  });
});
