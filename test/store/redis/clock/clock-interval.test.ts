import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClockInterval,
  intersection,
  intervalAt,
  sampledInterval,
  widthMs,
} from '../../../../src/store/redis/clock/clock-interval.ts';
import { clockSkew, widestMs } from '../../../../src/store/redis/clock/clock-skew.ts';
import { createServerClock } from '../../../../src/store/redis/clock/server-clock.ts';
import { writeBounds } from '../../../../src/store/redis/clock/write-bounds.ts';

/** A server whose clock is so far ahead, gaining so many parts per million. */
const serverClock = (offsetMs: number, ppm: number) => (ourMs: number) =>
  Math.floor((ourMs + offsetMs + (ourMs * ppm) / 1e6) * 1000) / 1000;

const ways = fc.double({ min: 0.05, max: 400, noNaN: true });
const exchange = fc.record({
  pauseMs: fc.double({ min: 0, max: 9000, noNaN: true }),
  there: ways,
  back: ways,
});

describe('the interval of a clock', () => {
  it('holds the true offset after any exchanges with a clock that drifts by 400 ppm', () => {
    fc.assert(
      fc.property(
        fc.array(exchange, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: -400, max: 400 }),
        (exchanges, offsetMs, ppm) => {
          const clock = createServerClock();
          const readServer = serverClock(offsetMs, ppm);
          let nowMs = 1000;
          for (const { pauseMs, there, back } of exchanges) {
            const sentMs = nowMs + pauseMs;
            const arrivedMs = sentMs + there + back;
            clock.learn({ sentMs, arrivedMs, serverMs: readServer(sentMs + there) });
            nowMs = arrivedMs;
            for (const laterMs of [0, 3000]) {
              const interval = intervalAt(clock.interval() as ClockInterval, nowMs + laterMs);
              const trueOffsetMs = readServer(nowMs + laterMs) - (nowMs + laterMs);
              expect(interval.lowMs).toBeLessThanOrEqual(trueOffsetMs + 0.001);
              expect(interval.highMs).toBeGreaterThanOrEqual(trueOffsetMs);
            }
          }
          expect(clock.wasSetAfter(0)).toBe(false);
        },
      ),
    );
  });

  it('is as narrow as the quickest round trip, and widens by a millisecond a second', () => {
    const slow = sampledInterval({ sentMs: 0, arrivedMs: 100, serverMs: 5050 });
    const quick = sampledInterval({ sentMs: 100, arrivedMs: 100.2, serverMs: 5100.1 });
    const both = intersection(slow, quick);
    expect(both && widthMs(both)).toBeCloseTo(0.2, 2);
    expect(both && widthMs(intervalAt(both, both.atMs + 1000)) - widthMs(both)).toBeCloseTo(2, 5);
  });

  it.each([300, -300, 5000, -5000])(
    'notices that a clock was set by %i ms, and starts over',
    (stepMs) => {
      const clock = createServerClock();
      clock.learn({ sentMs: 0, arrivedMs: 10, serverMs: 5005 });
      clock.learn({ sentMs: 1000, arrivedMs: 1010, serverMs: 6005 + stepMs });
      expect(clock.wasSetAfter(1009)).toBe(true);
      expect(clock.wasSetAfter(1010)).toBe(false);
      const interval = clock.interval();
      expect(interval?.lowMs).toBeCloseTo(4995 + stepMs, 1);
      expect(interval?.highMs).toBeCloseTo(5005 + stepMs, 1);
    },
  );

  it('is asked for at first, after ten seconds, and while it is wider than 50 ms', () => {
    const clock = createServerClock();
    expect(clock.isSampleDue(0)).toBe(true);
    clock.learn({ sentMs: 0, arrivedMs: 10, serverMs: 5 });
    expect(clock.isSampleDue(9_000)).toBe(false);
    expect(clock.isSampleDue(10_010)).toBe(true);
    const slow = createServerClock();
    slow.learn({ sentMs: 0, arrivedMs: 60, serverMs: 5 });
    expect(slow.isSampleDue(61)).toBe(true);
  });
});

describe('writeBounds()', () => {
  it('ends an attempt no later than it is given up, and takes its receipt for no earlier than it was', () => {
    const interval = { lowMs: 1000, highMs: 1010, atMs: 50 };
    const bounds = writeBounds(interval, { receivedAtMs: 40, sentAtMs: 50, giveUpAtMs: 1050 });
    expect(bounds.lateUs).toBe((1050 + 1000 - 1) * 1000);
    expect(bounds.notBeforeUs).toBe(1_050_000);
    expect(bounds.momentUs).toBe(1_050_010);
    expect(bounds.ageUs).toBe(10_000);
  });
});

describe('clockSkew()', () => {
  const clockAt = (address: string, lowMs: number, highMs: number) => ({
    address,
    interval: { lowMs, highMs, atMs: 0 },
  });

  it('is the least by which the outermost two are apart', () => {
    const clocks = [clockAt('a', 0, 10), clockAt('b', 2000, 2500), clockAt('c', 5, 900)];
    expect(clockSkew(clocks)).toEqual({ skewMs: 1990, ahead: 'b', behind: 'a' });
    expect(widestMs(clocks)).toBe(895);
  });

  it.each([[[]], [[clockAt('a', 0, 1)]], [[clockAt('a', 0, 10), clockAt('b', 9, 20)]]])(
    'is none where the clocks may agree',
    (clocks) => {
      expect(clockSkew(clocks)).toBeUndefined();
    },
  );
});

it('the interval covers what TIME cuts off', () => {
  // The server's clock showed 5000.0009 ms; TIME answers whole microseconds.
  const { lowMs, highMs } = sampledInterval({ sentMs: 100, arrivedMs: 100, serverMs: 5000 });
  expect(lowMs).toBeLessThanOrEqual(4900);
  expect(highMs).toBeGreaterThanOrEqual(4900.0009);
});
