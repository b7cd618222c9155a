import { describe, expect, test } from 'vitest';
import type { Stamp } from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { compareStamps, createStamp, stampAfter } from '../../src/session/stamp.ts';
import { parseTimestamp } from '../../src/session/timestamp.ts';

const RECEIVED_MICROS = 1_718_445_780_400_000n;

function stamp(
  timestamp: string,
  rest: Partial<{ receivedMicros: bigint; sequence: bigint; updateId: string }> = {},
): Stamp {
  return createStamp(parseTimestamp(timestamp), {
    receivedMicros: RECEIVED_MICROS,
    sequence: 0n,
    updateId: 'a',
    ...rest,
  });
}

const eventOf = ({ event }: Stamp) => [event?.seconds, event?.nanos];

describe('a stamp', () => {
  test('orders by second, sequence, fraction, receipt, update id', () => {
    const ordered = [
      stamp('2024-06-15T10:02:59.999Z', { sequence: 9n }),
      stamp('2024-06-15T10:03:00.9Z'),
      stamp('2024-06-15T10:03:00.8Z', { sequence: 1n }),
      stamp('2024-06-15T10:03:00.1Z', { sequence: 2n }),
      stamp('2024-06-15T10:03:00.2Z', { sequence: 2n }),
      stamp('2024-06-15T10:03:00.2Z', { sequence: 2n, receivedMicros: RECEIVED_MICROS + 1n }),
      stamp('2024-06-15T10:03:00.2Z', {
        sequence: 2n,
        receivedMicros: RECEIVED_MICROS + 1n,
        updateId: 'b',
      }),
      stamp('2024-06-15T10:03:01Z'),
    ];
    expect([...ordered].reverse().sort(compareStamps)).toEqual(ordered);
  });

  test('takes a whole second’s fraction from receipt, clamped into that second', () => {
    expect(eventOf(stamp('1718445780'))).toEqual([1_718_445_780n, 400_000_000]);
    expect(eventOf(stamp('1718445779'))).toEqual([1_718_445_779n, 999_999_999]);
    expect(eventOf(stamp('1718445781'))).toEqual([1_718_445_781n, 0]);
  });

  test('leaves a fraction that was sent alone, also .000', () => {
    expect(eventOf(stamp('2024-06-15T10:03:00.000Z'))).toEqual([1_718_445_780n, 0]);
    expect(eventOf(stamp('1718445780000'))).toEqual([1_718_445_780n, 0]);
  });

  test('is the time of receipt where no timestamp was sent', () => {
    expect(eventOf(stamp(''))).toEqual([1_718_445_780n, 400_000_000]);
  });

  test('counts an event more than ten seconds ahead as ten seconds ahead', () => {
    expect(eventOf(stamp('1718445790.4'))).toEqual([1_718_445_790n, 400_000_000]);
    expect(eventOf(stamp('1718445790.5'))).toEqual([1_718_445_790n, 400_000_000]);
    expect(eventOf(stamp('9999-12-31T00:00:00Z'))).toEqual([1_718_445_790n, 400_000_000]);
  });

  test('made by two sidecars in one microsecond still has an order, by update id', () => {
    const [a, b] = [stamp('', { updateId: 'a' }), stamp('', { updateId: 'b' })];
    expect(compareStamps(a, b)).toBeLessThan(0);
    expect(compareStamps(b, a)).toBeGreaterThan(0);
    expect(compareStamps(a, stamp('', { updateId: 'a' }))).toBe(0);
  });

  test('put after another comes right after it, or stays if it did', () => {
    const seen = stamp('2024-06-15T10:03:05Z', {
      sequence: 3n,
      receivedMicros: RECEIVED_MICROS + 999_999n,
    });
    const put = stampAfter(seen, stamp('2024-06-15T10:03:00Z'));
    expect(compareStamps(put, seen)).toBeGreaterThan(0);
    expect([put.event, put.sequence, put.updateId]).toEqual([seen.event, 3n, 'a']);
    expect(put.received).toMatchObject({ seconds: 1_718_445_781n, nanos: 400_000_000 });
    const received = stamp('2024-06-15T10:03:00Z', {
      receivedMicros: RECEIVED_MICROS + 5_000_000n,
    });
    expect(stampAfter(seen, received).received).toEqual(received.received);
    const later = stamp('2024-06-15T10:03:06Z');
    expect(stampAfter(seen, later)).toBe(later);
  });
});
