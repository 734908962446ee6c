import { describe, expect, it } from 'vitest';
import { quoteHostile } from '../../../core/model';

describe('hostile text in a sentence', () => {
  it('shows what would hide, reorder or break', () => {
    expect(quoteHostile('a\u202eb\u200b\n\u001b[31m', 40)).toBe('a\\u202eb\\u200b\\n\\u001b[31m');
  });

  it('leaves the marks of a language alone, and escapes heaps of them', () => {
    expect(quoteHostile('é e\u0301 ệ क्षि', 40)).toBe('é e\u0301 ệ क्षि');
    expect(quoteHostile(`Z${'\u0301'.repeat(6)}`, 40)).toBe(`Z${'\u0301'.repeat(4)}\\u0301\\u0301`);
  });
});
