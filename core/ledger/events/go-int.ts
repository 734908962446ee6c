const MAX_INT64 = '9223372036854775807';
const MIN_INT64 = '9223372036854775808';

/** A whole number as Go's `strconv.Atoi` reads it. */
export interface GoInt {
  readonly negative: boolean;
  /** The digits without sign and leading zeros; `0` for zero. */
  readonly digits: string;
}

/** What Go's `strconv.Atoi` makes of a text (64 bits), or null where it refuses. A sign is accepted, underscores are not. */
export function parseGoInt(text: string): GoInt | null {
  const match = /^([+-]?)([0-9]+)$/.exec(text);
  if (match === null) return null;
  const digits = (match[2] ?? '').replace(/^0+(?=[0-9])/, '');
  const limit = match[1] === '-' ? MIN_INT64 : MAX_INT64;
  if (digits.length > limit.length || (digits.length === limit.length && digits > limit)) return null;
  return { negative: match[1] === '-' && digits !== '0', digits };
}
