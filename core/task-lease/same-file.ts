import { type BigIntStats, statSync } from 'node:fs';

/** Whether the file at `path` is still the one that was seen. Throws where this user may not look. */
export function isSameFile(seen: BigIntStats, path: string): boolean {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false });
  return now !== undefined && now.ino === seen.ino && now.dev === seen.dev;
}
