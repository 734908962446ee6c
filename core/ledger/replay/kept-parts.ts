/** So many entries are turned into text at a time: a few ms at most. */
const ENTRIES_A_PART = 500;

/** The entries, a few hundred at a time, each as `keep` makes it. No entries give no part. */
export function inParts<T>(entries: Iterable<T>): IterableIterator<readonly T[]>;
export function inParts<T, U>(entries: Iterable<T>, keep: (entry: T) => U): IterableIterator<readonly U[]>;
export function* inParts<T>(entries: Iterable<T>, keep: (entry: T) => unknown = (entry) => entry) {
  let part: unknown[] = [];
  for (const entry of entries) {
    part.push(keep(entry));
    if (part.length === ENTRIES_A_PART) {
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}
