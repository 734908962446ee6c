import { describe, expect, it } from 'vitest';
import { isGone } from '../../inspector/words';

describe('a claim that is not there any more', () => {
  it('has ended only where its source could be read to its end', () => {
    expect(isGone('1.2', { kind: 'readable' }, undefined)).toBe(
      '1.2 is no longer claimed: the claim ended since you looked. Nothing was written.',
    );
    const unknown = isGone('1.2', { kind: 'unreadable', at: 5, reason: 'bad' }, undefined);
    expect(unknown).toContain('1.2 is not shown any more');
    expect(unknown).not.toContain('the claim ended since');
  });
});
