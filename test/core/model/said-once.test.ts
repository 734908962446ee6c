import { describe, expect, it } from 'vitest';
import { saidOnce } from '../../../core/model';

describe('that nothing was written', () => {
  it('is left out at the end of a message, where it is said beside it', () => {
    expect(saidOnce('It is held by bob now. Nothing was written.')).toBe('It is held by bob now.');
    expect(saidOnce('Nothing was written.')).toBe('Nothing was written.');
    expect(saidOnce('Nothing was written: the disk is full.')).toBe('Nothing was written: the disk is full.');
    expect(saidOnce('It is held by bob now.')).toBe('It is held by bob now.');
  });
});
