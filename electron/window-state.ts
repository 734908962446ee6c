import { join } from 'node:path';
import { z } from 'zod';
import { jsonFile } from '../service/json-file';
import { log } from '../service/log';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the window was: its bounds while not maximised, and whether it was. */
export interface WindowState {
  readonly bounds: Rectangle;
  readonly maximised: boolean;
}

/** How a window opens. Without a place, the system chooses one. */
export interface Placement {
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly maximised: boolean;
}

export const SMALLEST = { width: 900, height: 600 } as const;
const FIRST: Placement = { width: 1280, height: 800, maximised: false };

// So much of the window's top must be on a display that it can be seen and dragged.
const GRIP = { width: 120, height: 40 } as const;

/** Where a window opens, given where it was and the work areas of the displays that there are now. Pure. */
export function placeWindow(last: WindowState | null, workAreas: readonly Rectangle[]): Placement {
  if (last === null) return fit(FIRST, workAreas[0]);
  const { bounds, maximised } = last;
  const home = workAreas.find((area) => showsGrip(bounds, area));
  if (home === undefined) return { ...fit(FIRST, workAreas[0]), maximised };
  return { ...fit({ ...bounds, maximised }, home), x: bounds.x, y: bounds.y };
}

function fit(placement: Placement, area: Rectangle | undefined): Placement {
  const width = Math.max(SMALLEST.width, Math.min(placement.width, area?.width ?? placement.width));
  const height = Math.max(SMALLEST.height, Math.min(placement.height, area?.height ?? placement.height));
  return { width, height, maximised: placement.maximised };
}

function showsGrip(bounds: Rectangle, area: Rectangle): boolean {
  const across = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
  return across >= GRIP.width && bounds.y >= area.y && bounds.y + GRIP.height <= area.y + area.height;
}

const whole = z.number().int().min(-100_000).max(100_000);
const stored = z.object({
  bounds: z.object({ x: whole, y: whole, width: whole.min(1), height: whole.min(1) }),
  maximised: z.boolean(),
});

export interface WindowStateFile {
  read(): Promise<WindowState | null>;
  /** Never rejects: a window that forgets its place is no reason to fail. */
  write(state: WindowState): Promise<void>;
}

export function windowStateFile(dataFolder: string): WindowStateFile {
  const file = jsonFile<WindowState>(join(dataFolder, 'window.json'), (value) => {
    const parsed = stored.safeParse(value);
    return parsed.success ? parsed.data : null;
  });
  return {
    read: () => file.read(),
    write: (state) =>
      file.write(state).catch((error: unknown) => {
        log('the place of the window cannot be remembered', error);
      }),
  };
}
