/**
 * JSON as Go's encoding/json reads it, over bytes.
 *
 * Validity and text follow that package, not JSON.parse: at most 10,000 levels, invalid UTF-8 is accepted and
 * becomes U+FFFD byte by byte, lone surrogates become U+FFFD. Nothing here recurses or throws, and the cost is
 * linear in the bytes.
 */

const MAX_DEPTH = 10_000;
const OBJECT = 1;
const ARRAY = 2;

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** What stands open around the place that is looked at. Shared: the scan is synchronous and never nests. */
const open = new Uint8Array(MAX_DEPTH + 1);

/** The index of the first byte from `at` on that is no JSON white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const c = bytes[i];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i;
    i++;
  }
}

/** Whether `bytes` are exactly one JSON value, white space aside: what Go's `json.Valid` says. */
export function isValidJson(bytes: Uint8Array): boolean {
  let depth = 0;
  let at = skipSpace(bytes, 0);
  for (;;) {
    const c = bytes[at];
    if (c === OPEN_BRACE) {
      if (++depth > MAX_DEPTH) return false;
      open[depth] = OBJECT;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== CLOSE_BRACE) {
        at = keyEnd(bytes, at);
        if (at < 0) return false;
        continue;
      }
      depth--;
      at++;
    } else if (c === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return false;
      open[depth] = ARRAY;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== CLOSE_BRACKET) continue;
      depth--;
      at++;
    } else {
      at = scalarEnd(bytes, at);
      if (at < 0) return false;
    }
    // A value ended just before `at`: close what it ends, until another value must follow.
    for (;;) {
      at = skipSpace(bytes, at);
      if (depth === 0) return at === bytes.length;
      const next = bytes[at];
      const inObject = open[depth] === OBJECT;
      if (next === COMMA) {
        at = skipSpace(bytes, at + 1);
        if (inObject) {
          at = keyEnd(bytes, at);
          if (at < 0) return false;
        }
        break;
      }
      if (next !== (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) return false;
      depth--;
      at++;
    }
  }
}

/** Past `"key" :` and the white space behind it, or -1. */
function keyEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) return -1;
  const end = checkedStringEnd(bytes, at);
  if (end < 0) return -1;
  const colon = skipSpace(bytes, end);
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : -1;
}

function scalarEnd(bytes: Uint8Array, at: number): number {
  const c = bytes[at];
  if (c === QUOTE) return checkedStringEnd(bytes, at);
  if (c === 0x74) return wordEnd(bytes, at, TRUE);
  if (c === 0x66) return wordEnd(bytes, at, FALSE);
  if (c === 0x6e) return wordEnd(bytes, at, NULL);
  return numberEnd(bytes, at);
}

const TRUE = [0x74, 0x72, 0x75, 0x65];
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65];
const NULL = [0x6e, 0x75, 0x6c, 0x6c];

function wordEnd(bytes: Uint8Array, at: number, word: readonly number[]): number {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1;
  return at + word.length;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

function digitsEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  while (isDigit(bytes[i])) i++;
  return i;
}

function numberEnd(bytes: Uint8Array, at: number): number {
  let i = bytes[at] === 0x2d ? at + 1 : at;
  if (!isDigit(bytes[i])) return -1;
  i = bytes[i] === 0x30 ? i + 1 : digitsEnd(bytes, i);
  if (bytes[i] === 0x2e) {
    if (!isDigit(bytes[i + 1])) return -1;
    i = digitsEnd(bytes, i + 1);
  }
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    i++;
    if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++;
    if (!isDigit(bytes[i])) return -1;
    i = digitsEnd(bytes, i);
  }
  return i;
}

/** Past the string that opens at `at`, or -1 when it is no JSON string. */
function checkedStringEnd(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  for (;;) {
    const c = bytes[i];
    if (c === QUOTE) return i + 1;
    if (c === undefined || c < 0x20) return -1;
    if (c === BACKSLASH) {
      i = escapeEnd(bytes, i);
      if (i < 0) return -1;
    } else {
      i++;
    }
  }
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  const c = bytes[at + 1];
  if (c === 0x75) {
    for (let i = 2; i < 6; i++) if (hexDigit(bytes[at + i]) < 0) return -1;
    return at + 6;
  }
  return c !== undefined && shortEscape(c) >= 0 ? at + 2 : -1;
}

function shortEscape(c: number): number {
  switch (c) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
      return c;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return -1;
  }
}

function hexDigit(c: number | undefined): number {
  if (c === undefined) return -1;
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** Past the string that opens at `at`. Only for bytes that are valid JSON. */
export function stringEnd(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  for (;;) {
    const c = bytes[i];
    if (c === QUOTE) return i + 1;
    if (c === undefined) return i;
    i += c === BACKSLASH ? 2 : 1;
  }
}

/** Past the value that begins at `at`. Only for bytes that are valid JSON. */
export function valueEnd(bytes: Uint8Array, at: number): number {
  let depth = 0;
  let i = at;
  for (;;) {
    const c = bytes[i];
    if (c === QUOTE) {
      i = stringEnd(bytes, i);
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      depth++;
      i++;
      continue;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      depth--;
      i++;
    } else if (c === undefined) {
      return i;
    } else if (depth === 0) {
      return plainEnd(bytes, i);
    } else {
      i++;
      continue;
    }
    if (depth === 0) return i;
  }
}

/** Past a number or a literal. */
function plainEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const c = bytes[i];
    if (c === undefined || c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET || c <= 0x20) return i;
    i++;
  }
}

/**
 * The text of the JSON string whose inside is `from` to `to` (the quotes left out), cut at about `max` UTF-16 units.
 * Only for bytes that are valid JSON.
 */
export function unquote(buffer: Buffer, from: number, to: number, max = Number.POSITIVE_INFINITY): string {
  const end = Math.min(to, from + max);
  let i = from;
  while (i < end) {
    const c = buffer[i];
    if (c === undefined || c === BACKSLASH || c >= 0x80) break;
    i++;
  }
  const plain = buffer.toString('latin1', from, i);
  return i >= end ? plain : plain + unquoteRest(buffer, i, to, max - plain.length);
}

function unquoteRest(buffer: Buffer, from: number, to: number, max: number): string {
  let text = '';
  let i = from;
  while (i < to && text.length < max) {
    const c = buffer[i] ?? 0;
    if (c === BACKSLASH) {
      const code = buffer[i + 1] ?? 0;
      if (code !== 0x75) {
        text += String.fromCharCode(shortEscape(code));
        i += 2;
        continue;
      }
      const unit = unicodeEscape(buffer, i);
      const low = unit >= 0xd800 && unit < 0xdc00 ? unicodeEscape(buffer, i + 6) : -1;
      if (low >= 0xdc00 && low < 0xe000) {
        text += String.fromCharCode(unit, low);
        i += 12;
      } else {
        text += unit >= 0xd800 && unit < 0xe000 ? '\ufffd' : String.fromCharCode(unit);
        i += 6;
      }
    } else if (c < 0x80) {
      text += String.fromCharCode(c);
      i++;
    } else {
      const size = runeSize(buffer, i, to);
      text += size === 1 ? '\ufffd' : buffer.toString('utf8', i, i + size);
      i += size;
    }
  }
  return text;
}

/** The value of the `\uXXXX` at `at`, or -1 when there is none. */
function unicodeEscape(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return -1;
  let value = 0;
  for (let i = 2; i < 6; i++) {
    const digit = hexDigit(bytes[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** How many bytes from `at` are one UTF-8 character; 1 for a byte that begins none, as Go counts it. */
function runeSize(bytes: Uint8Array, at: number, to: number): number {
  const c = bytes[at] ?? 0;
  const size = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 1;
  if (at + size > to) return 1;
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i] ?? 0;
    let low = 0x80;
    let high = 0xbf;
    if (i === 1) {
      if (c === 0xe0) low = 0xa0;
      else if (c === 0xed) high = 0x9f;
      else if (c === 0xf0) low = 0x90;
      else if (c === 0xf4) high = 0x8f;
    }
    if (next < low || next > high) return 1;
  }
  return size;
}
