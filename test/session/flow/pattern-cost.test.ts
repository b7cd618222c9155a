import { expect, test } from 'vitest';
import { patternCost } from '../../../src/session/flow/pattern-cost.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

test.each([
  ['', 1],
  ['foo', 1],
  ['^[A-Z]{2}-\\d{4,8}$', 1],
  ['^\\d+$', 1],
  ['^\\w+@\\w+\\.\\w+$', 1],
  ['^[^\\]]+\\]$', 1],
  ['^a+b+a+$', 1],
  ['^(foo|bar)$', 1],
  ['^(?<year>\\d{4})-(?:\\d{2})$', 1],
  ['^\\p{Lu}\\u{1F600}\\x41\\cA+$', 1],
  ['^(?=.*\\d)(?=.*[a-z]).{8,}$', 1],
  ['^(\\d{3},)*\\d+$', 2],
  ['^.*foo.*$', 2],
  ['^a*b*a*$', 2],
  ['a+b', 2],
  ['\\s+$', 2],
  ['^\\s*(?:[+-]?\\d+)?\\s*$', 2],
  ['^a|b+$', 2],
  ['(.*)(.*)(.*)(.*)z', 5],
  ['^(a+)+$', Infinity],
  ['^(a|a)*$', Infinity],
  ['^(\\w+\\s?)*$', Infinity],
  ['^([a-z0-9]+[-.]?)+$', Infinity],
  ['^(a{1,20}){1,20}$', Infinity],
  ['^(a?){30}a{30}$', Infinity],
  ['^(?:(?=a)a|a)+$', Infinity],
  ['^(a)\\1$', Infinity],
])('%j takes time by the power of %d', (pattern, degree) => {
  expect(new RegExp(pattern, 'u')).toBeDefined();
  expect(patternCost(pattern).degree).toBe(degree);
});

test('a pattern that is too long to look into counts as slow', () => {
  expect(patternCost(`^${'a'.repeat(2000)}$`).degree).toBe(Infinity);
});

test('choices that are bounded multiply, and do not grow with the text', () => {
  expect(patternCost('^a?b{1,4}(c|d)$')).toEqual({ degree: 1, factor: 2 * 4 * 2 });
});

// What is called slow may be quick; what is called quick may not be slow.
test.each([
  '^\\w+@\\w+\\.\\w+$',
  '^(?=.*\\d)(?=.*[a-z]).{8,}$',
  '^a+b+a+$',
  '^[^\\]]+\\]$',
  '^([A-Z]\\d)+$',
])('%j, said to be linear, is', (pattern) => {
  expect(patternCost(pattern).degree).toBe(1);
  const regExp = new RegExp(pattern, 'u');
  for (const unit of ['a', 'A1', '1', ' ', 'a@', '.', 'ab', ']', 'a1'])
    for (const end of ['', '!', '\n', 'a@']) {
      const text = unit.repeat(100_000) + end;
      regExp.test(text.slice(0, 100));
      expect(
        cpuMsOf(() => regExp.test(text)),
        `${unit}…${end}`,
      ).toBeLessThan(100);
    }
});
