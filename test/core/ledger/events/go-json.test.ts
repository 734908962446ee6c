import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGo, elements, type GoSlice, slice, struct, text } from '../../../../core/ledger/events/go-decode';
import { isValidJson } from '../../../../core/ledger/events/go-json';
import { goString } from '../../../../core/ledger/events/go-write';

const bytes = (source: string): Buffer => Buffer.from(source, 'latin1');

interface Sample {
  owner_k: string;
  ids: GoSlice<string>;
}
const sample = struct<Sample>({ owner_k: text, ids: slice(text) });

function decode(source: string | Buffer): { owner: string; ids: readonly string[]; fault: string | null } {
  const { value, fault } = decodeGo(sample, typeof source === 'string' ? Buffer.from(source) : source);
  return { owner: value.owner_k, ids: elements(value.ids), fault };
}

describe('isValidJson', () => {
  it.each([
    '0',
    '-0',
    '1.5e+3',
    'null',
    ' {} ',
    '[]\n',
    '"\\u12aF\\/"',
    '{"a":[1,{"b":null}]}',
    '"\xff\xc0"',
    '"\x7f"',
  ])('takes %j', (source) => {
    expect(isValidJson(bytes(source))).toBe(true);
  });

  it.each([
    '',
    ' ',
    '01',
    '1.',
    '.5',
    '-',
    '+1',
    '1e',
    'nul',
    'nulL',
    'True',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '[1,]',
    '[1 2]',
    '{}{}',
    '"\n"',
    '"\\x"',
    '"\\u12g4"',
    '"',
    "'a'",
    '\xef\xbb\xbf{}',
    '{}\0',
    '[}',
    '{a:1}',
    '\xa0{}',
  ])('refuses %j', (source) => {
    expect(isValidJson(bytes(source))).toBe(false);
  });

  it('takes 10,000 levels and not one more', () => {
    expect(isValidJson(bytes('['.repeat(10_000) + ']'.repeat(10_000)))).toBe(true);
    expect(isValidJson(bytes('['.repeat(10_001) + ']'.repeat(10_001)))).toBe(false);
    expect(isValidJson(bytes('{"a":'.repeat(200_000)))).toBe(false);
  });

  it('agrees with JSON.parse on any plain text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '1',
      '-',
      '0',
      '.',
      'e',
      'true',
      'null',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const source = pieces.join('');
        let valid = true;
        try {
          JSON.parse(source);
        } catch {
          valid = false;
        }
        expect(isValidJson(Buffer.from(source))).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('decodeGo', () => {
  it('matches keys without case, with the two letters that fold to ASCII', () => {
    for (const key of ['owner_k', 'OWNER_K', 'Owner_k', 'owner_\u212a', '\\u006fwner_k']) {
      expect(decode(`{"${key}":"ada"}`).owner, key).toBe('ada');
    }
    for (const key of ['owner-k', 'owner_k ', 'ownerk', '']) expect(decode(`{"${key}":"ada"}`).owner, key).toBe('');
  });

  it('lets the last of a repeated key win, and null change nothing', () => {
    expect(decode('{"owner_k":"ada","OWNER_K":"bo"}').owner).toBe('bo');
    expect(decode('{"owner_k":"ada","owner_k":null}')).toMatchObject({ owner: 'ada', fault: null });
  });

  it('decodes a repeated list into the elements that are there', () => {
    expect(decode('{"ids":["a","b"],"ids":[null]}').ids).toEqual(['a']);
    expect(decode('{"ids":["a","b"],"ids":["c"],"ids":[null,null,null]}').ids).toEqual(['c', 'b', '']);
    expect(decode('{"ids":["a"],"ids":null,"ids":[null]}').ids).toEqual(['']);
    expect(decode('{"ids":["a"],"ids":[],"ids":[null]}').ids).toEqual(['']);
  });

  it.each([
    '{"owner_k":1}',
    '{"owner_k":[]}',
    '{"owner_k":true}',
    '{"ids":"a"}',
    '{"ids":[1]}',
    '{"ids":{}}',
    '[]',
    '"x"',
  ])('faults %s', (source) => {
    expect(decode(source).fault).not.toBeNull();
  });

  it('replaces what is no UTF-8 byte by byte, and lone surrogates', () => {
    const owner = (inside: Buffer | string): string =>
      decode(Buffer.concat([Buffer.from('{"owner_k":"'), Buffer.from(inside), Buffer.from('"}')])).owner;
    expect(owner(Buffer.of(0xe2, 0x82))).toBe('\ufffd\ufffd');
    expect(owner(Buffer.of(0xed, 0xa0, 0x80))).toBe('\ufffd\ufffd\ufffd');
    expect(owner(Buffer.of(0xf0, 0x9f, 0x94, 0x92))).toBe('🔒');
    expect(owner('\\ud83d\\udd12')).toBe('🔒');
    expect(owner('\\ud83d\\ud83d\\udd12')).toBe('\ufffd🔒');
    expect(owner('\\udc00a')).toBe('\ufffda');
  });

  it('reads back whatever is written as Go writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (owner) => {
        expect(decode(`{"owner_k":${goString(owner)}}`)).toMatchObject({ owner, fault: null });
      }),
    );
    expect(goString('<a&b>\u2028"\\\n\u0001\ud800é')).toBe('"\\u003ca\\u0026b\\u003e\\u2028\\"\\\\\\n\\u0001\ufffdé"');
  });
});
