import { BACKSLASH, QUOTE, skipSpace } from './go-json';

/** The type of an event as the living program finds it, or why it finds none (words that end a sentence). */
export type EventType =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'none'; readonly fault: string };

const KEY = Buffer.from('"type"');

/**
 * The first `"type"` in the bytes, wherever it is nested, as the living program scans for it (escapes unresolved).
 * For any bytes: it says nothing of whether they are JSON. The type is Latin-1 of its bytes.
 */
export function scanEventType(bytes: Buffer): EventType {
  // As a rule it is the very first key.
  const found = startsWithKey(bytes) ? 1 : bytes.indexOf(KEY);
  if (found < 0) return { kind: 'none', fault: 'it has no "type"' };
  const colon = skipSpace(bytes, found + KEY.length);
  if (bytes[colon] !== 0x3a) return { kind: 'none', fault: 'its first "type" is no key' };
  const value = skipSpace(bytes, colon + 1);
  if (bytes[value] !== QUOTE) return { kind: 'none', fault: 'its first "type" is not a string' };
  for (let at = value + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return { kind: 'type', type: bytes.toString('latin1', value + 1, at) };
  }
  return { kind: 'none', fault: 'its first "type" does not end' };
}

function startsWithKey(bytes: Buffer): boolean {
  for (let i = 0; i < KEY.length; i++) if (bytes[i + 1] !== KEY[i]) return false;
  return true;
}
