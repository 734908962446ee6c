import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LOCK_TIMEOUT_MS, lockTimeoutOf, parseGoDuration } from '../../../core/ledger/duration';

describe('parseGoDuration', () => {
  it.each([
    ['5m', 300_000],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5m', 30_000],
    ['1.s', 1000],
    ['0', 0],
    ['-2s', -2000],
    ['+1s', 1000],
    ['1500ms', 1500],
    ['2000000us', 2000],
    ['1µs', 0.001],
    ['1s1s', 2000],
  ])('%s', (text, ms) => {
    expect(parseGoDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', '5', 'm', '5 m', '5M', '1d', '.s', '1.2.3s', '--1s', '5m ', `${'1'.repeat(1000)}s`])(
    '%.20j is none',
    (text) => {
      expect(parseGoDuration(text)).toBeNull();
    },
  );
});

describe('lockTimeoutOf', () => {
  it.each([
    [null, 300_000],
    ['{}', 300_000],
    ['{"version": "1.0"}', 300_000],
    ['{"lock_timeout":null}', 300_000],
    ['{"lock_timeout":"90s"}', 90_000],
    ['{"lock_timeout":60000000000}', 60_000],
    ['{"lock_timeout":"1h"}', 3_600_000],
    ['{"lock_timeout":"1s"}', 1000],
  ])('%s', (meta, ms) => {
    expect(lockTimeoutOf(meta)).toEqual({ ms, finding: null });
  });

  it.each([
    '',
    'x',
    '[]',
    'null',
    '{"lock_timeout":"2h"}',
    '{"lock_timeout":"999ms"}',
    '{"lock_timeout":300}',
    '{"lock_timeout":1.5e-9}',
    '{"lock_timeout":[]}',
    '{"lock_timeout":"-5m"}',
  ])('%j is unusable, and said to be', (meta) => {
    const { ms, finding } = lockTimeoutOf(meta);
    expect(ms).toBe(DEFAULT_LOCK_TIMEOUT_MS);
    expect(finding).toMatchObject({ code: 'unusable-lock-timeout', severity: 'warning', file: 'meta.json' });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (meta) => {
        lockTimeoutOf(meta);
        lockTimeoutOf(`{"lock_timeout":${meta}}`);
      }),
    );
  });
});
