import { expect, test } from 'vitest';
import { createReceiptClock } from '../src/receipt-clock.ts';

function receiveAt(...timesMs: number[]): bigint[] {
  let place = 0;
  const receive = createReceiptClock(() => timesMs[place++] ?? 0);
  return timesMs.map(() => receive().wallMicros);
}

test('receipts of one millisecond rise by a microsecond each', () => {
  expect(receiveAt(5, 5, 5, 6)).toEqual([5000n, 5001n, 5002n, 6000n]);
});

test('receipts rise across a small step back of the clock', () => {
  expect(receiveAt(20_000, 10_001, 10_002, 20_001)).toEqual([
    20_000_000n,
    20_000_001n,
    20_000_002n,
    20_001_000n,
  ]);
});

test('a clock that is set back by more is believed', () => {
  expect(receiveAt(1_000_000, 900_000, 900_000)).toEqual([
    1_000_000_000n,
    900_000_000n,
    900_000_001n,
  ]);
});
