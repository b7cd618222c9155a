import { expect, test } from 'vitest';
import {
  ageBetween,
  type BootInstant,
  createBootClock,
  instantBefore,
} from '../../../src/service/spooling/boot-clock.ts';

const at = (monotonicMs: number, uptimeMs: number, bootId = 'one'): BootInstant => ({
  ...{ bootId, monotonicMs, uptimeMs },
});
const HOUR_MS = 3_600_000;

test.each([
  ['right away', at(500, 900), at(500, 900), 0, 0],
  ['exactly, by the monotonic clock', at(500, 900), at(1500.25, 1890), 1000.25, 1000.25],
  [
    'with the time for which the machine was suspended',
    at(0, 0),
    at(1000, HOUR_MS),
    HOUR_MS - 40,
    HOUR_MS + 40,
  ],
])('an age is known %s', (_, then, now, leastMs, mostMs) => {
  expect(ageBetween(then, now)).toEqual({ leastMs, mostMs });
});

test.each([
  ['of another boot', at(0, 0, 'other'), at(1000, 1000)],
  ['from the future', at(2000, 2000), at(1000, 1000)],
  ['by an uptime that began later', at(0, 5000), at(1000, 1000)],
])('an instant %s cannot be compared', (_, then, now) => {
  expect(ageBetween(then, now)).toBeUndefined();
});

test('the clocks of this machine give the age of what has just been', () => {
  const clock = createBootClock('boot');
  const then = clock();
  const age = ageBetween(then, clock());
  expect(age?.leastMs).toBeGreaterThanOrEqual(0);
  expect(age?.mostMs).toBeLessThan(5000);
  expect(ageBetween(instantBefore(then, 1000), clock())?.leastMs).toBeGreaterThanOrEqual(1000);
});

test('without a boot id, instants of one process are comparable, and those of two are not', () => {
  const clock = createBootClock('');
  expect(ageBetween(clock(), clock())).toBeDefined();
  expect(ageBetween(clock(), createBootClock('')())).toBeUndefined();
});
