import { expect, test } from 'vitest';
import { read } from './reading.ts';

const STORE_URL = 'redis://store';

test.each(['off', 'sweep', 'on', 'enable'])('EXPIRY_EVENTS may be %s on Redis', (endCounting) => {
  const { config } = read({ STORE_URL, EXPIRY_EVENTS: endCounting });
  expect(config?.store).toMatchObject({ endCounting });
});

test('ends are swept by default', () => {
  expect(read({ STORE_URL }).config?.store).toMatchObject({ endCounting: 'sweep' });
});

test.each(['on', 'enable'])('%s requires a store on Redis', (word) => {
  const problem = `EXPIRY_EVENTS is ${word} without STORE_URL: only Redis reports keys`;
  expect(read({ EXPIRY_EVENTS: word }).problems).toEqual([problem]);
  expect(read({ EXPIRY_EVENTS: 'off' }).problems).toBeUndefined();
});
