/** Characters that could hide, reorder or break what stands around them: controls, bidi and invisible marks, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Marks that stand on one character can be heaped until they cover the lines around it: so many are enough for any language. */
const HEAPED = /(?<=\p{M}{4})\p{M}/gu;

function escapeOne(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return '\\n';
  if (code === 0x0d) return '\\r';
  if (code === 0x09) return '\\t';
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * Hostile text made fit to stand in a sentence: cut to `max` characters (an ellipsis says so), with everything
 * escaped that could hide, reorder or break the text around it. For showing only: two texts may look the same.
 * Cost follows `max`, not the text.
 */
export function quoteHostile(text: string, max = 64): string {
  // A character takes at most two code units, so this much of the text is enough to fill `max`.
  const head = Array.from(text.slice(0, max * 2 + 2));
  const cut = head.length > max;
  const shown = (cut ? head.slice(0, max) : head).join('');
  return shown.replace(HEAPED, escapeOne).replace(UNSAFE, escapeOne) + (cut ? '…' : '');
}
