import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWeaker, STORE_DURABILITIES, weakestOf } from '../../src/store/durability.ts';

const durability = fc.constantFrom(...STORE_DURABILITIES);

test('several writes are kept as safely as the least safe of them', () => {
  const sets = fc.array(durability, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sets, ([first = 'stored', ...others]) => {
      const weakest = weakestOf(first, ...others);
      expect([first, ...others]).toContain(weakest);
      for (const each of [first, ...others]) expect(isWeaker(each, weakest)).toBe(false);
    }),
  );
});

test('stored is weaker than replicated, and that is weaker than synced', () => {
  expect(isWeaker('stored', 'replicated')).toBe(true);
  expect(isWeaker('replicated', 'synced')).toBe(true);
  expect(isWeaker('stored', 'synced')).toBe(true);
  expect(isWeaker('synced', 'replicated')).toBe(false);
  expect(isWeaker('stored', 'stored')).toBe(false);
});
