import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Digest } from '../../../../core/ledger/replay/claim-record';

describe('the digest of an event', () => {
  it.each([0, 1, 200, 4_096, 4_097, 100_000])('of %i bytes is that of the bytes as they were', (length) => {
    const bytes = randomBytes(length);
    const expected = createHash('sha256').update(bytes).digest('hex');
    const digest = new Digest(bytes);
    // The room is used for the next event before anybody asks.
    bytes.fill(0);
    expect(digest.hex()).toBe(expected);
    expect(digest.hex()).toBe(expected);
  });
});
