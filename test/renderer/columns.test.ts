import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../renderer/store/order';
import { fittingColumns } from '../../renderer/views/columns';

/** What a track takes at least, in px. */
const least = (track: string): number => Number(/(\d+)px/.exec(track)?.[1]);

describe('the columns', () => {
  it('fit, at every width that a window may have', () => {
    for (let width = 430; width <= 2_000; width += 1) {
      const columns = fittingColumns(width);
      const sum = columns.reduce((all, { track }) => all + least(track), 0);
      expect(sum, `at ${width.toString()} px`).toBeLessThanOrEqual(width);
      expect(new Set(columns.map(({ id }) => id)).size, 'No column twice.').toBe(columns.length);
    }
  });

  it('are all there in a wide window, in their order, and who holds and who waits in every one', () => {
    expect(fittingColumns(760).map(({ id }) => id)).toEqual([...COLUMNS]);
    const narrow = fittingColumns(430).map(({ id }) => id);
    expect(narrow).toEqual(['verdict', 'resource', 'holder', 'left', 'waits']);
  });
});
