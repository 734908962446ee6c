/** Characters that could hide, reorder or break what stands around them: controls, bidi and zero-width marks, lone surrogates. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds.
  // eslint-disable-next-line no-control-regex -- control characters are what this finds.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

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
  return shown.replace(UNSAFE, escapeOne) + (cut ? '…' : '');
}
