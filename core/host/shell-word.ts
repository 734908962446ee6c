/** What a terminal could take for a command of its own, or show as something else than it is. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * `text` as one word of a POSIX shell; null when no command line can carry it (a NUL, half a character).
 *
 * Control and direction characters are spelled out through `printf`, because a terminal acts on them while
 * the text is being pasted. Line ends stay as they are: in quotes they are harmless, and `$(…)` would drop them.
 */
export function quoteForShell(text: string): string | null {
  if (text.includes('\0') || LONE_SURROGATE.test(text)) return null;
  let quoted = '';
  let plain = '';
  const flush = (): void => {
    if (plain !== '') quoted += `'${plain.replaceAll("'", "'\\''")}'`;
    plain = '';
  };
  for (const character of text) {
    if (character === '\n' || !UNSHOWABLE.test(character)) {
      plain += character;
      continue;
    }
    flush();
    const octal = [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    quoted += `"$(printf '${octal}')"`;
  }
  flush();
  return quoted === '' ? "''" : quoted;
}
