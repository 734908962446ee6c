// What JSON.stringify leaves as it is and a terminal may still obey or hide: C1 controls, format characters
// (bidi, zero width), private use, unassigned, separators.
const UNSAFE_IN_JSON = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * One line of JSON that is safe to print: the value is exactly the same, and nothing in its strings reaches a
 * terminal that could move the cursor, reorder text or hide it.
 */
export function toJson(value: unknown): string {
  // All of these stand inside strings only, so an escape changes the spelling and not the value.
  return JSON.stringify(value).replace(UNSAFE_IN_JSON, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
