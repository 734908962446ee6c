/** So many entries are turned into text at a time: a few ms at most. */
const ENTRIES_A_PART = 500;
/** Fewer where they are long: names and statements are hostile, and may be of any length. */
const CHARACTERS_A_PART = 1 << 18;

/**
 * The entries as JSON arrays, each as `keep` makes it: a few hundred entries to an array, or as many as come to a few
 * hundred thousand characters, and always at least one. No entries give no array.
 */
export function* jsonParts<T>(
  entries: Iterable<T>,
  keep: (entry: T) => unknown = (entry) => entry,
): IterableIterator<string> {
  let part: string[] = [];
  let characters = 0;
  for (const entry of entries) {
    const text = JSON.stringify(keep(entry));
    part.push(text);
    characters += text.length;
    if (part.length === ENTRIES_A_PART || characters >= CHARACTERS_A_PART) {
      yield `[${part.join(',')}]`;
      part = [];
      characters = 0;
    }
  }
  if (part.length > 0) yield `[${part.join(',')}]`;
}
