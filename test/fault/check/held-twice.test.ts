import { expect, test } from 'vitest';
import { heldTwice } from './held-twice.ts';

const held = (sessionId: string, token: string, fromMs: number, untilMs: number) => ({
  ...{ sessionId, token, fromMs, untilMs },
});

test('locks one after the other, and of other sessions, are held by one caller each', () => {
  expect(heldTwice([held('s', 'a', 0, 10), held('s', 'b', 10, 20), held('t', 'c', 5, 15)])).toEqual(
    [],
  );
});

test('a lock that is taken while another caller holds it is found, in whatever order', () => {
  expect(heldTwice([held('s', 'b', 8, 20), held('s', 'a', 0, 10)])).toEqual([
    's was locked by a and b for 2.0 ms',
  ]);
});

test('a lock that is taken and released within the time of another is found', () => {
  const times = [held('s', 'a', 0, 100), held('s', 'b', 10, 20), held('s', 'c', 50, 60)];
  expect(heldTwice(times)).toHaveLength(2);
});
