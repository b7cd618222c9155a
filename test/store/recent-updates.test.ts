import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recentBinary, recentFrom, recentLines } from '../../src/store/recent-updates.ts';
import { RECENT_UPDATES, type RecentUpdate } from '../../src/store/session-store.ts';

const ETAG = '0123456789abcdef0123';
const UPDATE_ID = 'abcdefghijklmnopqrst-_';
const DIGITS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
const HEX = [...'0123456789abcdef'];

const digits = (of: string[], length: number) =>
  fc
    .array(fc.constantFrom(...of), { minLength: length, maxLength: length })
    .map((found) => found.join(''));

const remembered: fc.Arbitrary<RecentUpdate[]> = fc.array(
  fc.record({
    updateId: digits(DIGITS, 22),
    revision: fc.integer({ min: 0, max: 4_294_967_295 }),
    etag: digits(HEX, 20),
  }),
  { maxLength: RECENT_UPDATES },
);

it.each([
  ['lines', recentLines],
  ['binary', recentBinary],
])(
  'remembered updates as %s are read back as they were written, for each id of 22 digits',
  (_, write) => {
    fc.assert(
      fc.property(remembered, (recent) => {
        expect(recentFrom(write(recent))).toEqual(recent);
      }),
    );
  },
);

it('damaged lines, and half a record in binary, are left out', () => {
  const recent = [
    { updateId: UPDATE_ID, revision: 1, etag: ETAG },
    { updateId: UPDATE_ID.toUpperCase(), revision: 4_294_967_295, etag: ETAG },
  ];
  expect(recentFrom('')).toEqual([]);
  const lines = recentLines(recent);
  expect(recentFrom(`garbage\n${lines}${UPDATE_ID} x ${ETAG}\n${UPDATE_ID} 1`)).toEqual(recent);
  expect(recentFrom(recentBinary(recent).subarray(0, -1))).toEqual(recent.slice(0, 1));
});

it('an etag that is not known is written as zeros', () => {
  const recent = [{ updateId: UPDATE_ID, revision: 0, etag: '' }];
  for (const written of [recentLines(recent), recentBinary(recent)]) {
    expect(recentFrom(written)).toEqual([
      { updateId: UPDATE_ID, revision: 0, etag: '0'.repeat(20) },
    ]);
  }
});

it('no more updates are remembered than the contract says, the newest ones', () => {
  const recent = Array.from({ length: RECENT_UPDATES + 3 }, (_, place) => ({
    updateId: UPDATE_ID,
    revision: place + 1,
    etag: ETAG,
  }));
  expect(recentFrom(recentLines(recent))).toEqual(recent.slice(3));
  expect(recentFrom(recentBinary(recent))).toEqual(recent.slice(3));
});

it('binary takes two thirds of the bytes of lines', () => {
  const recent = Array.from({ length: RECENT_UPDATES }, (_, place) => ({
    updateId: UPDATE_ID,
    revision: 100 + place,
    etag: ETAG,
  }));
  expect([recentLines(recent).length, recentBinary(recent).length]).toEqual([3072, 1985]);
});
