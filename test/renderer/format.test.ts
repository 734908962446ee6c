import { describe, expect, it } from 'vitest';
import { day, formatLeft, formatShortCount, ticking, timeOfDay } from '../../renderer/format';
import { shown, shownLines } from '../../renderer/text';

describe('what is left of a lease', () => {
  it.each([
    [27_400, '27 s'],
    [0, '0 s'],
    [962_000, '16 m 02 s'],
    [4_080_000, '1 h 08 m'],
    [-1_500, '−1 s'],
    [-401_000, '−6 m 41 s'],
    [-3_840_000, '−1 h 04 m'],
  ])('%d ms', (ms, words) => {
    expect(formatLeft(ms)).toBe(words);
  });
});

describe('times and counts', () => {
  it('tick in whole seconds and never below zero', () => {
    expect(ticking(1_999)).toBe('1 s');
    expect(ticking(-5)).toBe('0 s');
  });

  it('bear times that no calendar has', () => {
    expect(timeOfDay(Number.NaN)).toBe('—');
    expect(day(9e15)).toBe('—');
  });

  it('are short where there is little room', () => {
    expect([999, 9_999, 12_500, 50_000].map(formatShortCount)).toEqual(['999', '9999', '12.5K', '50K']);
  });
});

describe('hostile text', () => {
  it('is cut, and shows what would hide or reorder', () => {
    expect(shown(`a\u202eb${'x'.repeat(1_000_000)}`, 10)).toBe('a\\u202ebxxxxxxx…');
  });

  it('keeps the lines of a record, and nothing else that moves', () => {
    expect(shownLines('{\r\n\t"a": 1\u0000\n}', 100)).toBe('{\n\t"a": 1\\u0000\n}');
    expect(shownLines('abcdef', 3)).toBe('abc…');
  });
});
