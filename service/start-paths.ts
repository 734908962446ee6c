import { stat } from 'node:fs/promises';

/** What a start opens, and why. */
export interface StartPaths {
  readonly from: 'arguments' | 'last workspace' | 'demo';
  readonly paths: readonly string[];
  /** Folders of the last workspace that are not there now. */
  readonly missing: readonly string[];
}

// A path on a server that does not answer may not hold up the window.
const LOOK_AT_MOST_MS = 2000;

/** The paths given, else those of the last workspace that are still there, else the demo. */
export async function chooseStartPaths(given: readonly string[], last: readonly string[]): Promise<StartPaths> {
  if (given.length > 0) return { from: 'arguments', paths: given, missing: [] };
  const there = await Promise.all(last.map(isThere));
  const paths = last.filter((_, i) => there[i]);
  const missing = last.filter((_, i) => !there[i]);
  return { from: paths.length > 0 ? 'last workspace' : 'demo', paths, missing };
}

async function isThere(path: string): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, LOOK_AT_MOST_MS, false);
  });
  const look = stat(path).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
}
