import { expect, test } from 'vitest';
import { createTimeLimit, OutOfTime } from '../../../src/session/flow/time-limit.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

const OPTIONS = { maxMs: 50, leastMs: 5, share: 0.05 };

/** The limit of a run that never ends. */
function limitOf(limit: { run(work: () => unknown): unknown }, work: () => unknown): number {
  try {
    limit.run(work);
  } catch (error) {
    if (error instanceof OutOfTime) return error.limitMs;
    throw error;
  }
  throw new Error('it ended');
}

const ENDLESS: [string, () => unknown][] = [
  [
    'a loop',
    () => {
      for (;;);
    },
  ],
  ['a regular expression', () => /^(a+)+$/.test(`${'a'.repeat(60)}!`)],
  [
    'sorting',
    () => Array.from({ length: 1e6 }, (_, index) => index).sort(() => 0.5 - Math.random()),
  ],
];

test.each(ENDLESS)('%s is cut off', (_name, work) => {
  const limit = createTimeLimit(OPTIONS);
  expect(cpuMsOf(() => expect(limitOf(limit, work)).toBe(50))).toBeLessThan(400);
});

test('what work returns or throws comes through, also after other work was cut off', () => {
  const limit = createTimeLimit(OPTIONS);
  limitOf(limit, ENDLESS[0]?.[1] as () => unknown);
  const value = {};
  expect(limit.run(() => value)).toBe(value);
  expect(() =>
    limit.run(() => {
      throw new RangeError('its own');
    }),
  ).toThrow(new RangeError('its own'));
});

test('work that is cut off again and again takes its share of all time and no more', () => {
  let nowMs = 0;
  const limit = createTimeLimit({ ...OPTIONS, nowMs: () => nowMs });
  const endless = () => {
    for (;;);
  };
  expect(limitOf(limit, endless)).toBe(50);
  expect(limitOf(limit, endless)).toBe(5);
  nowMs += 400;
  const limitMs = limitOf(limit, endless);
  expect(limitMs).toBeGreaterThanOrEqual(5);
  expect(limitMs).toBeLessThan(50);
  nowMs += 60_000;
  expect(limitOf(limit, endless)).toBe(50);
});
