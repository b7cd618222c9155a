import { describe, expect, test } from 'vitest';
import { readSegment } from '../../src/spool/read-segment.ts';
import {
  encodeMarks,
  encodeOpened,
  encodeRows,
  layoutOf,
  markDone,
  rowBytes,
} from '../../src/spool/segment-layout.ts';
import { payloadOf } from './small-spool.ts';

const LAYOUT = layoutOf(2048);
const RING_ID = Buffer.from('0123456789abcdef', 'hex');
const ERA = { ringId: RING_ID, generation: 7 };
const OLDER = { ringId: RING_ID, generation: 6 };

/** Rows 11 to 15 of generation 7, of which 12 and 14 are done, and what generation 6 left behind
 * them. */
const ROWS = [30, 100, 0, 64, 200].map((bytes, index) => ({
  number: 11 + index,
  payload: payloadOf(index, bytes),
}));
const DONE = [12, 14];
const PLACES = ROWS.map((_, index) =>
  ROWS.slice(0, index).reduce((at, { payload }) => at + rowBytes(payload.length), LAYOUT.rowsAt),
);
const ROWS_END = (PLACES[4] ?? 0) + rowBytes(200);

function segment(): Buffer {
  const bytes = Buffer.alloc(LAYOUT.segmentBytes);
  const older = [300, 200, 200, 200, 200].map((size, index) => ({
    number: 1 + index,
    payload: payloadOf('older', size),
  }));
  bytes.set(encodeRows(older, OLDER, 0), LAYOUT.rowsAt);
  const bits = Buffer.alloc(LAYOUT.marksBytes - 64);
  for (const [index, { number }] of ROWS.entries())
    if (DONE.includes(number)) markDone(bits, PLACES[index] ?? 0);
  bytes.set(encodeMarks(ERA, bits));
  bytes.set(encodeOpened(ERA, 11), LAYOUT.openedAt);
  bytes.set(encodeRows(ROWS, ERA, 0), LAYOUT.rowsAt);
  return bytes;
}

function read(bytes: Buffer) {
  const contents = readSegment(bytes, LAYOUT, RING_ID);
  const live = contents.rows.map(({ number, payload }) => ({ number, payload }));
  const rows = contents.damage.reduce((sum, each) => sum + each.rows, 0);
  const damaged = contents.damage.reduce((sum, each) => sum + each.bytes, 0);
  return { ...contents, live, damaged: { rows, bytes: damaged } };
}

const isLive = ({ number }: { number: number }) => !DONE.includes(number);

test('the rows of the newest generation are read, with what is done', () => {
  const { live, done, generation, nextNumber, end, damaged } = read(segment());
  expect(live).toEqual(ROWS.filter(isLive));
  expect({ done, generation, nextNumber }).toEqual({ done: DONE, generation: 7, nextNumber: 16 });
  expect(end).toEqual({ at: ROWS_END, index: 5 });
  expect(damaged).toEqual({ rows: 0, bytes: 0 });
});

test('a segment that was opened and got no row has none, whatever an older generation left', () => {
  const bytes = segment();
  bytes.set(encodeOpened({ ...ERA, generation: 8 }, 16), LAYOUT.openedAt);
  const { live, generation, nextNumber, end, damaged } = read(bytes);
  expect({ live, generation, nextNumber }).toEqual({ live: [], generation: 8, nextNumber: 16 });
  expect(end).toEqual({ at: LAYOUT.rowsAt, index: 0 });
  expect(damaged).toEqual({ rows: 0, bytes: 0 });
});

test('a segment that was never used has nothing', () => {
  const { live, generation, damaged } = read(Buffer.alloc(LAYOUT.segmentBytes));
  expect({ live, generation, damaged }).toEqual({
    ...{ live: [], generation: 0, damaged: { rows: 0, bytes: 0 } },
  });
});

describe('any single flipped bit', () => {
  test('costs no more than the row that it is in, and is noticed where it costs one', () => {
    const intact = segment();
    const wrong: string[] = [];
    for (let bit = 0; bit < ROWS_END * 8; bit += 1) {
      const bytes = Buffer.from(intact);
      const at = bit >> 3;
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit & 7)), at);
      const { live, done, damaged } = read(bytes);
      const hit = ROWS.find((row, index) => {
        const begin = PLACES[index] ?? 0;
        return at >= begin && at < begin + 64 + row.payload.length;
      });
      const numbers = live.map(({ number }) => number);
      const missing = ROWS.filter((row) => isLive(row) && row !== hit).filter(
        ({ number }) => !numbers.includes(number),
      );
      const invented = live.filter(
        ({ number, payload }) =>
          !ROWS.some((row) => row.number === number && Buffer.compare(row.payload, payload) === 0),
      );
      const isNoticed = hit === undefined || damaged.rows === 1;
      const isOpenedNoticed = at < LAYOUT.openedAt || at >= LAYOUT.rowsAt || damaged.bytes === 64;
      const isDoneRight = done.every((number) => DONE.includes(number));
      if (
        missing.length > 0 ||
        invented.length > 0 ||
        !isNoticed ||
        !isOpenedNoticed ||
        !isDoneRight
      )
        wrong.push(`bit ${bit & 7} of byte ${at}`);
    }
    expect(wrong).toEqual([]);
  });
});

test('rows that are zeros in the middle are counted by the index of those behind them', () => {
  const bytes = segment();
  bytes.fill(0, PLACES[1], PLACES[4]);
  const { live, damaged } = read(bytes);
  expect(live.map(({ number }) => number)).toEqual([11, 15]);
  expect(damaged).toEqual({ rows: 3, bytes: (PLACES[4] ?? 0) - (PLACES[1] ?? 0) });
});

test('a payload that contains a row is not taken for one, even if the row around it is damaged', () => {
  const inner = encodeRows([{ number: 99, payload: payloadOf('forged') }], ERA, 0);
  const stranger = Buffer.concat([Buffer.alloc(32), inner]);
  stranger.set(Buffer.from('fedcba9876543210', 'hex'), 32 + 8);
  const bytes = Buffer.alloc(LAYOUT.segmentBytes);
  bytes.set(encodeOpened(ERA, 11), LAYOUT.openedAt);
  bytes.set(encodeRows([{ number: 11, payload: stranger }], ERA, 0), LAYOUT.rowsAt);
  bytes.writeUInt8(bytes.readUInt8(LAYOUT.rowsAt + 40) ^ 1, LAYOUT.rowsAt + 40);
  const { live, damaged } = read(bytes);
  expect(live).toEqual([]);
  expect(damaged.rows).toBe(1);
});

test.each([0, 100, LAYOUT.rowsAt, LAYOUT.rowsAt + 70, 1000])(
  'a segment that was cut off after %i bytes has the rows in front of that',
  (length) => {
    const { live, damaged } = read(segment().subarray(0, length));
    const whole = ROWS.filter(
      (row, index) => (PLACES[index] ?? 0) + 64 + row.payload.length <= length,
    );
    expect(live.map(({ number }) => number)).toEqual(
      expect.arrayContaining(whole.filter(isLive).map(({ number }) => number)),
    );
    expect(damaged.bytes).toBeGreaterThanOrEqual(LAYOUT.segmentBytes - length);
  },
);
