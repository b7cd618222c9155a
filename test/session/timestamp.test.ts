import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../../src/session/timestamp.ts';

const AT = 1_718_445_780n;

describe('parseTimestamp()', () => {
  test.each([
    ['2024-06-15T10:03:00Z', AT, 0, false],
    ['2024-06-15t10:03:00z', AT, 0, false],
    ['2024-06-15 10:03:00', AT, 0, false],
    ['2024-06-15T10:03:00', AT, 0, false],
    ['2024-06-15T12:03:00+02:00', AT, 0, false],
    ['2024-06-15T12:03:00+0200', AT, 0, false],
    ['2024-06-15T04:33:00-05:30', AT, 0, false],
    ['2024-06-15T10:03:00.000Z', AT, 0, true],
    ['2024-06-15T10:03:00.5', AT, 500_000_000, true],
    ['2024-06-15T10:03:00.123456789123Z', AT, 123_456_789, true],
    ['2024-02-29T00:00:00Z', 1_709_164_800n, 0, false],
    ['2016-12-31T23:59:60Z', 1_483_228_800n, 0, false],
    ['1718445780', AT, 0, false],
    ['1718445780.25', AT, 250_000_000, true],
    ['1718445780000', AT, 0, true],
    ['1718445780123', AT, 123_000_000, true],
    ['1718445780123.5', AT, 123_500_000, true],
    ['1718445780045', AT, 45_000_000, true],
    ['1718445780007.25', AT, 7_250_000, true],
    ['1718445780.045', AT, 45_000_000, true],
    ['2024-06-15T10:03:00.007Z', AT, 7_000_000, true],
    ['100000000000', 100_000_000n, 0, true],
    ['99999999999', 99_999_999_999n, 0, false],
    ['0', 0n, 0, false],
  ])('reads %s', (text, seconds, nanos, hasFraction) => {
    expect(parseTimestamp(text)).toEqual({ seconds, nanos, hasFraction });
  });

  test.each([
    '',
    'now',
    'NaN',
    '-1',
    '1e9',
    '0x10',
    '2024-06-15',
    '2024-06-15T10:03Z',
    '2024-13-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-06-31T00:00:00Z',
    '2024-06-15T24:00:00Z',
    '2024-06-15T10:60:00Z',
    '2024-06-15T10:03:61Z',
    '2024-06-15T10:03:00+24:00',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '253402300800000',
    '1718445780123456',
    ' 1718445780',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  test('reads the frequent forms as it reads the same instant with another zone', () => {
    const near = fc
      .record({
        unixMs: fc.integer({ min: 0, max: 253_402_300_799_999 }),
        hasMs: fc.boolean(),
        change: fc.option(
          fc.record({ place: fc.nat(18), digit: fc.constantFrom(...'0123456789x') }),
        ),
      })
      .map(({ unixMs, hasMs, change }) => {
        const text = new Date(unixMs).toISOString().slice(0, hasMs ? 23 : 19);
        return change
          ? text.slice(0, change.place) + change.digit + text.slice(change.place + 1)
          : text;
      });
    fc.assert(
      fc.property(near, (text) => {
        expect(parseTimestamp(`${text}Z`)).toEqual(parseTimestamp(`${text}+00:00`));
      }),
      { numRuns: 5000 },
    );
  });
});
