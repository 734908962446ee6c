import { describe, expect, it } from 'vitest';
import type { Waiter } from '../../core/model';
import { waiterHow, waiterName, waitersNote } from '../../renderer/views/waiter-words';

const waiter = (how: Waiter['how'], name: string | null = 'flock'): Waiter => ({
  process: null,
  name,
  how,
  sinceMs: 5,
});

describe('somebody who waits', () => {
  it('is told by how it is seen', () => {
    expect(waiterHow(waiter('blocked'))).toContain('the kernel lists it');
    expect(waiterHow(waiter('possible'))).toContain('has the file open');
  });

  it('may not be seen by name', () => {
    expect(waiterName(waiter('blocked'))).toBe('flock');
    expect(waiterName(waiter('blocked', null))).toBe('who it is, is not seen');
    expect(waiterName(waiter('blocked', 'a\u202eb'))).toBe('a\\u202eb');
  });

  it('is possibly waiting only where nothing better is known of anybody', () => {
    expect(waitersNote([waiter('possible')])).toBe('possibly, since we first saw them');
    expect(waitersNote([waiter('possible'), waiter('blocked')])).toBe('since we first saw them');
  });
});
