import { expect, test } from 'vitest';
import { acknowledgedAt as at } from './acknowledged-update.ts';
import { type Pace, recoveryOf, slownessNow, tooSlow } from './pace.ts';

const paceOf = (given: Partial<Pace>): Pace => ({
  ...{ recoveries: [], detectedWithinMs: 1500, healthyGapMs: undefined, slowness: 1, ...given },
});

test('a recovery ends with the first update that the new master has', () => {
  const updates = [at(90), at(2500, 'spooled'), at(2700), at(2600, 'replicated')];
  expect(recoveryOf({ diedMs: 100, replacedMs: 2000 }, updates)).toEqual({
    totalMs: 2500,
    afterPromotionMs: 600,
  });
  expect(recoveryOf({ diedMs: 100, replacedMs: 2000 }, [at(90)]).totalMs).toBe(Infinity);
});

test.each([
  ['a recovery', { recoveries: [{ totalMs: 4501, afterPromotionMs: 10 }] }, '4501 ms, and 4500'],
  ['a promotion', { recoveries: [{ totalMs: 4000, afterPromotionMs: 3001 }] }, '3001 ms, and 3000'],
  ['an end', { recoveries: [{ totalMs: Infinity, afterPromotionMs: 1 }] }, 'Infinity ms, and 4500'],
  ['a healthy shard', { healthyGapMs: 1501 }, '1501 ms, and 1500'],
])('%s that takes too long is named with its figure', (_what, given, named) => {
  expect(tooSlow(paceOf(given))).toEqual([expect.stringContaining(named)]);
});

test('a busy machine has more time, as long as many processes wait for it', () => {
  const pace = paceOf({
    recoveries: [{ totalMs: 9000, afterPromotionMs: 6000 }],
    healthyGapMs: 3000,
  });
  expect(tooSlow({ ...pace, slowness: 2 })).toEqual([]);
  expect(tooSlow({ ...pace, slowness: 1.9 })).toHaveLength(3);
  expect(slownessNow()).toBeGreaterThanOrEqual(1);
});
