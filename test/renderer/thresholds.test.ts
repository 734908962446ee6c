import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestSchemas } from '../../contract';
import { lengthTyped, typedLength } from '../../renderer/thresholds';

describe('a threshold as it is typed', () => {
  it.each([
    ['5', '0', 300_000],
    ['0', '90', 90_000],
    ['', '', 0],
    [' 1 ', '30', 90_000],
    ['10080', '0', 604_800_000],
    ['10080', '1', null],
    ['-1', '0', null],
    ['1.5', '0', null],
    ['1e3', '0', null],
    ['five', '0', null],
    ['99999999999999999999', '0', null],
  ] as const)('%j m %j s: %j', (minutes, seconds, ms) => {
    expect(lengthTyped({ minutes, seconds })).toBe(ms);
  });

  it('is shown as it would be typed again, and what it comes to the host takes', () => {
    fc.assert(
      fc.property(fc.nat(604_800), (seconds) => {
        const ms = lengthTyped(typedLength(seconds * 1000));
        expect(ms).toBe(seconds * 1000);
        const asked = { sourceId: 's', bands: { nearExpiryMs: ms, longOverMs: ms } };
        expect(requestSchemas.setBands.safeParse(asked).success).toBe(true);
      }),
    );
  });
});
