import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGoTime, isGoZeroTime, parseGoTime } from '../../../../core/ledger/events/go-time';
import type { Instant } from '../../../../core/model';

function parsed(text: string): Instant {
  const result = parseGoTime(text);
  if ('fault' in result) throw new Error(`${text} ${result.fault}`);
  return result;
}

describe('parseGoTime', () => {
  it.each([
    ['2026-11-21T10:07:48Z', '2026-11-21T10:07:48Z'],
    ['2026-11-21T10:07:48.123456789Z', '2026-11-21T10:07:48.123456789Z'],
    ['2026-11-21T10:07:48.1234567899999Z', '2026-11-21T10:07:48.123456789Z'],
    ['2026-11-21T10:07:48,5Z', '2026-11-21T10:07:48.5Z'],
    ['2026-11-21T1:07:48Z', '2026-11-21T01:07:48Z'],
    ['2026-11-21T12:07:48+02:00', '2026-11-21T10:07:48Z'],
    ['2026-11-21T10:07:48-24:60', '2026-11-22T11:07:48Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00Z'],
    ['0099-12-31T23:59:59Z', '0099-12-31T23:59:59Z'],
    ['1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999999Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ])('reads %s', (text, utc) => {
    const instant = parsed(text);
    expect(formatGoTime(instant)).toBe(utc);
    expect(instant.text).toBe(text);
  });

  it.each([
    '',
    'yesterday',
    '5m',
    '2026-11-21',
    '2026-11-21t10:07:48Z',
    '2026-11-21T10:07:48z',
    '2026-11-21T10:07:48',
    '2026-11-21T10:07:60Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T10:60:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-11-21T10:07:48+0200',
    '2026-11-21T10:07:48+25:00',
    '2026-11-21T10:07:48+00:61',
    '2026-11-21T10:07:48.Z',
    '2026-11-21T10:07:48ZZ',
    '2026-1-21T10:07:48Z',
    '2026-11-21T:07:48Z',
    '+2026-11-21T10:07:48Z',
    '2026-11-21T10:7:48Z',
  ])('refuses %j', (text) => {
    expect(parseGoTime(text)).toHaveProperty('fault');
  });

  it('agrees with Date on every moment of years 1 to 9999, and keeps the nanoseconds', () => {
    const instants = fc.record({
      ms: fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
      ns: fc.integer({ min: 0, max: 999_999 }),
    });
    fc.assert(
      fc.property(instants, ({ ms, ns }) => {
        const text = formatGoTime({ text: '', ms, ns });
        expect(parsed(text)).toEqual({ text, ms, ns });
        expect(parsed(new Date(ms).toISOString())).toMatchObject({ ms, ns: 0 });
      }),
    );
  });

  it('knows the zero time, in any zone', () => {
    expect(isGoZeroTime(parsed('0001-01-01T00:00:00Z'))).toBe(true);
    expect(isGoZeroTime(parsed('0001-01-01T01:00:00+01:00'))).toBe(true);
    expect(isGoZeroTime(parsed('0001-01-01T00:00:00.000000001Z'))).toBe(false);
  });
});
