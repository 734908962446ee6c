/**
 * A string as Go's encoding/json writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped, control characters too,
 * everything else as it is. A lone surrogate becomes U+FFFD.
 */
export function goString(text: string): string {
  const escaped = text.replace(ESCAPED, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped.replace(/\p{Surrogate}/gu, '\ufffd')}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
// eslint-disable-next-line no-control-regex -- control characters are what is escaped.
const ESCAPED = /[\u0000-\u001f"\\<>&\u2028\u2029]/g;

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
