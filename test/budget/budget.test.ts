import { expect, test } from 'vitest';
import { complaintAbout } from './budget.ts';

const parts = new Map([
  ['one', 3],
  ['other', 98],
]);

test('a number above its limit is a complaint that says what it is made of, and what to do', () => {
  expect(complaintAbout('modules', { actual: 101, limit: 100, parts })).toBe(
    'modules: 101, and the limit is 100. Most of it: other 98, one 3. What is not needed at the ' +
      'start can be imported where it is first used, by import(). If the growth is worth it, ' +
      'raise the limit to 101 in test/budget/budget.ts.',
  );
});

test('a limit that a number has left far behind is a complaint, too', () => {
  expect(complaintAbout('modules', { actual: 79, limit: 100, parts })).toBe(
    'modules: 79, far below the limit. Lower it to 79 in test/budget/budget.ts.',
  );
});

test.each([80, 100])('%i of 100 is no complaint', (actual) => {
  expect(complaintAbout('modules', { actual, limit: 100, parts })).toBeUndefined();
});
