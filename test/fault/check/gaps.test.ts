import { expect, test } from 'vitest';
import { acknowledgedAt as at } from './acknowledged-update.ts';
import { longestGapMs } from './gaps.ts';

test('the longest gap is that between two answers, or at either end', () => {
  const span = { fromMs: 0, untilMs: 100 };
  expect(longestGapMs([at(90), at(10), at(50)], span)).toBe(40);
  expect(longestGapMs([at(60), at(70)], span)).toBe(60);
  expect(longestGapMs([at(10), at(20)], span)).toBe(80);
  expect(longestGapMs([], span)).toBe(100);
});
