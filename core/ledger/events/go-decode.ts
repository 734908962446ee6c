import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  stringEnd,
  unquote,
  valueEnd,
} from './go-json';

/**
 * Decoding into typed fields as Go's encoding/json does it: keys match exactly or without case, unknown keys are
 * passed over, a later key overwrites an earlier one *in place* (so `null` keeps what was there), and a value of the
 * wrong type is a fault. One fault refuses the whole document, but the rest is still read.
 */
class GoDecoder {
  readonly buffer: Buffer;
  at: number;
  /** What is wrong, in words that end a sentence; null when nothing is. */
  fault: string | null = null;

  /** `buffer` must be valid JSON. */
  constructor(buffer: Buffer) {
    this.buffer = buffer;
    this.at = skipSpace(buffer, 0);
  }

  /** The first byte of the value at hand. */
  peek(): number {
    return this.buffer[this.at] ?? 0;
  }

  skip(): void {
    this.at = valueEnd(this.buffer, this.at);
  }

  /** Passes over a value that does not fit; `null` fits everything. */
  mismatch(wanted: string): void {
    if (this.peek() !== 0x6e) this.fail(`a value is not ${wanted}`);
    this.skip();
  }

  fail(fault: string): void {
    this.fault ??= fault;
  }
}

/** How one Go type is read. `read` starts at the value's first byte and leaves the decoder just past it. */
export interface GoType<T> {
  zero(): T;
  read(decoder: GoDecoder, old: T): T;
}

/** A Go string. */
export const text: GoType<string> = textUpTo(Number.POSITIVE_INFINITY);

/** A Go string of which only about the first `max` UTF-16 units are wanted. */
export function textUpTo(max: number): GoType<string> {
  return {
    zero: () => '',
    read: (decoder, old) => {
      if (decoder.peek() !== QUOTE) {
        decoder.mismatch('a string');
        return old;
      }
      const from = decoder.at + 1;
      decoder.at = stringEnd(decoder.buffer, decoder.at);
      return unquote(decoder.buffer, from, decoder.at - 1, max);
    },
  };
}

/** A Go string that nobody asks for: checked, not kept. */
export const unusedText: GoType<null> = {
  zero: () => null,
  read: (decoder) => {
    if (decoder.peek() === QUOTE) decoder.at = stringEnd(decoder.buffer, decoder.at);
    else decoder.mismatch('a string');
    return null;
  },
};

/**
 * A Go type with an UnmarshalJSON of its own that strips the quotes and parses what is between them *without*
 * resolving escapes. `parse` gets those bytes as Latin-1 and returns `{ fault }` when it refuses them.
 */
export function unescaped<T>(
  zero: T,
  parse: (raw: string) => { readonly value: T } | { readonly fault: string },
): GoType<T> {
  return {
    zero: () => zero,
    read: (decoder, old) => {
      const first = decoder.peek();
      const from = decoder.at + 1;
      decoder.skip();
      if (first === 0x6e) return old;
      if (first !== QUOTE) {
        decoder.fail('a value is not a string');
        return old;
      }
      const parsed = parse(decoder.buffer.toString('latin1', from, decoder.at - 1));
      if ('value' in parsed) return parsed.value;
      decoder.fail(parsed.fault);
      return old;
    },
  };
}

/** A Go slice. Elements beyond `length` are what an earlier, longer value of the same key left behind. */
export interface GoSlice<T> {
  readonly kept: T[];
  readonly length: number;
}

/** A slice: `null` empties it, and a repeated key decodes into the elements that are there already. */
export function slice<T>(element: GoType<T>): GoType<GoSlice<T>> {
  const empty = (): GoSlice<T> => ({ kept: [], length: 0 });
  return {
    zero: empty,
    read: (decoder, old) => {
      const { buffer } = decoder;
      if (decoder.peek() !== OPEN_BRACKET) {
        const isNull = decoder.peek() === 0x6e;
        decoder.mismatch('a list');
        return isNull ? empty() : old;
      }
      let count = 0;
      decoder.at = skipSpace(buffer, decoder.at + 1);
      while (decoder.at < buffer.length && buffer[decoder.at] !== CLOSE_BRACKET) {
        const before = count < old.kept.length ? (old.kept[count] as T) : element.zero();
        old.kept[count] = element.read(decoder, before);
        count++;
        decoder.at = skipSpace(buffer, decoder.at);
        if (buffer[decoder.at] === 0x2c) decoder.at = skipSpace(buffer, decoder.at + 1);
      }
      decoder.at++;
      return count === 0 ? empty() : { kept: old.kept, length: count };
    },
  };
}

/** The elements of a slice. */
export function elements<T>(value: GoSlice<T>): readonly T[] {
  return value.kept.length === value.length ? value.kept : value.kept.slice(0, value.length);
}

/** A struct with these JSON names, which are plain ASCII. */
export function struct<T extends object>(fields: { readonly [K in keyof T]: GoType<T[K]> }): GoType<T> {
  type Name = keyof T & string;
  const all = (Object.keys(fields) as Name[]).map((name) => ({
    name,
    key: Buffer.from(name),
    type: fields[name],
  }));
  type Field = (typeof all)[number];
  const exact = new Map<string, Field>(all.map((field) => [field.name, field]));
  const longest = 1 + 6 * Math.max(...all.map((field) => field.name.length));
  const folded = new Map<string, Field>();
  for (const field of all) if (!folded.has(foldKey(field.name))) folded.set(foldKey(field.name), field);

  return {
    zero: () => {
      const value: Partial<T> = {};
      for (const field of all) value[field.name] = field.type.zero();
      return value as T;
    },
    read: (decoder, old) => {
      const { buffer } = decoder;
      if (decoder.peek() !== OPEN_BRACE) {
        decoder.mismatch('an object');
        return old;
      }
      // Keys mostly come in the order of the fields: then no key is ever made into a string.
      let expected = 0;
      decoder.at = skipSpace(buffer, decoder.at + 1);
      while (decoder.at < buffer.length && buffer[decoder.at] !== CLOSE_BRACE) {
        const from = decoder.at + 1;
        const guess = all[expected];
        let field: Field | undefined;
        if (guess !== undefined && isKey(buffer, from, guess.key)) {
          field = guess;
          decoder.at = from + guess.key.length + 1;
        } else {
          decoder.at = stringEnd(buffer, decoder.at);
          // A key that is longer than the longest name written all in escapes can be none of them.
          if (decoder.at - from <= longest) {
            const key = unquote(buffer, from, decoder.at - 1);
            field = exact.get(key) ?? folded.get(foldKey(key));
          }
        }
        decoder.at = skipSpace(buffer, skipSpace(buffer, decoder.at) + 1);
        if (field === undefined) {
          decoder.skip();
        } else {
          old[field.name] = field.type.read(decoder, old[field.name]);
          expected = field === guess ? expected + 1 : all.indexOf(field) + 1;
        }
        decoder.at = skipSpace(buffer, decoder.at);
        if (buffer[decoder.at] === 0x2c) decoder.at = skipSpace(buffer, decoder.at + 1);
      }
      decoder.at++;
      return old;
    },
  };
}

function isKey(buffer: Buffer, from: number, key: Buffer): boolean {
  for (let i = 0; i < key.length; i++) if (buffer[from + i] !== key[i]) return false;
  return buffer[from + key.length] === QUOTE;
}

/** Go's folding of a key, as far as it can reach a plain ASCII name: also U+017F is an s, and U+212A a k. */
function foldKey(key: string): string {
  return key.replace(/[a-z\u017f\u212a]/g, (c) => (c === '\u017f' ? 'S' : c === '\u212a' ? 'K' : c.toUpperCase()));
}

/** Decodes valid JSON into a fresh value of `type`; the fault says why Go would refuse it. */
export function decodeGo<T>(type: GoType<T>, buffer: Buffer): { readonly value: T; readonly fault: string | null } {
  const decoder = new GoDecoder(buffer);
  const value = type.read(decoder, type.zero());
  return { value, fault: decoder.fault };
}
