import { expect, test } from 'vitest';
import { growthOf } from './soak.ts';

const flat = { atMs: 0, rssMiB: 100, heapMiB: 40, handles: 30, loopP99Ms: 12 };
const samplesOf = (growing: Partial<typeof flat>) =>
  Array.from({ length: 50 }, (_, place) => {
    const grown = Object.entries(growing).map(([name, step]) => [
      name,
      flat[name as keyof typeof flat] + place * step,
    ]);
    return { ...flat, ...Object.fromEntries(grown) };
  });

test('what does not grow is no fault', () => {
  expect(growthOf(samplesOf({}))).toEqual([]);
});

test.each([
  ['rssMiB', 2],
  ['heapMiB', 2],
  ['handles', 1],
  ['loopP99Ms', 3],
])('a %s that grows by %d with each sample is found', (name, step) => {
  expect(growthOf(samplesOf({ [name]: step }))).toEqual([expect.stringContaining(name)]);
});
