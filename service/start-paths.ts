import type { RemoteProtocols } from '../inspector/threads';

/** What a start opens, and why. */
export interface StartPaths {
  readonly from: 'arguments' | 'last workspace' | 'demo';
  readonly paths: readonly string[];
  /** Folders of the last workspace that are not there now. */
  readonly missing: readonly string[];
}

/** The paths given, else those of the last workspace that are still there, else the demo. */
export async function chooseStartPaths(
  given: readonly string[],
  last: readonly string[],
  presence: RemoteProtocols['presence'],
): Promise<StartPaths> {
  if (given.length > 0) return { from: 'arguments', paths: given, missing: [] };
  const there = last.length === 0 ? [] : await presence(last);
  const paths = last.filter((_, i) => there[i] === 'there');
  const missing = last.filter((_, i) => there[i] !== 'there');
  return { from: paths.length > 0 ? 'last workspace' : 'demo', paths, missing };
}
