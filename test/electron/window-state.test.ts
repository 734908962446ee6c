import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeWindow, type Rectangle, SMALLEST, windowStateFile } from '../../electron/window-state';

const laptop: Rectangle = { x: 0, y: 25, width: 1440, height: 875 };
const second: Rectangle = { x: 1440, y: 0, width: 1920, height: 1080 };

describe('placeWindow', () => {
  test('the first time it is 1280 by 800, wherever the system likes', () => {
    expect(placeWindow(null, [laptop])).toEqual({ width: 1280, height: 800, maximised: false });
  });

  test('it comes back where it was, on whichever display', () => {
    const bounds = { x: 1600, y: 100, width: 1500, height: 900 };
    expect(placeWindow({ bounds, maximised: true }, [laptop, second])).toEqual({ ...bounds, maximised: true });
  });

  test('a display that is gone does not take it along', () => {
    const bounds = { x: 1600, y: 100, width: 1500, height: 900 };
    expect(placeWindow({ bounds, maximised: false }, [laptop])).toEqual({ width: 1280, height: 800, maximised: false });
  });

  test('a title bar above or below every display counts as gone', () => {
    for (const y of [-200, 890]) {
      expect(
        placeWindow({ bounds: { x: 10, y, width: 1000, height: 700 }, maximised: false }, [laptop]),
      ).not.toHaveProperty('y');
    }
  });

  test('it is never smaller than it can be used, nor without a display larger than it must be', () => {
    const rectangle = fc.record({
      x: fc.integer({ min: -5000, max: 5000 }),
      y: fc.integer({ min: -5000, max: 5000 }),
      width: fc.integer({ min: 1, max: 9000 }),
      height: fc.integer({ min: 1, max: 9000 }),
    });
    fc.assert(
      fc.property(rectangle, fc.boolean(), fc.array(rectangle, { maxLength: 3 }), (bounds, maximised, areas) => {
        const placed = placeWindow({ bounds, maximised }, areas);
        expect(placed.width).toBeGreaterThanOrEqual(SMALLEST.width);
        expect(placed.height).toBeGreaterThanOrEqual(SMALLEST.height);
        expect(placed.maximised).toBe(maximised);
        if (placed.x === undefined) return;
        // Placed: then some of its top can be grabbed.
        const { x, y, width } = bounds;
        const reachable = areas.some((a) => x < a.x + a.width && x + width > a.x && y >= a.y && y < a.y + a.height);
        expect(reachable).toBe(true);
      }),
    );
  });
});

test('what was remembered is read again; nonsense is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockscope-window-'));
  try {
    const state = { bounds: { x: -8, y: 12, width: 1000, height: 700 }, maximised: true };
    await windowStateFile(folder).write(state);
    expect(await windowStateFile(folder).read()).toEqual(state);
    for (const text of ['', '{}', '{"bounds":{"x":1e99,"y":0,"width":1,"height":1},"maximised":false}', '[]']) {
      await writeFile(join(folder, 'window.json'), text);
      expect(await windowStateFile(folder).read()).toBeNull();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
