import { beforeEach, expect, test } from 'vitest';
import type { StoreDurability } from '../../src/store/durability.ts';
import { openScratch, type Scratch, type Service } from './scratch-services.ts';

let scratch: Scratch;
beforeEach(() => {
  scratch = openScratch();
});

/** A service whose store keeps each kind of write as safely as given. */
function openKeeping(kept: {
  append?: StoreDurability;
  index?: StoreDurability;
  erase?: StoreDurability;
  eraseUser?: StoreDurability;
}): Service {
  const { store } = scratch;
  return scratch.open({
    faults: {
      async append(append, limits) {
        const result = await store.append(append, limits);
        const isKept = result.status === 'stored' || result.status === 'known';
        return isKept ? { ...result, durability: kept.append ?? 'synced' } : result;
      },
      async index(entry, limits) {
        return { ...(await store.index(entry, limits)), durability: kept.index ?? 'synced' };
      },
      async erase(erasure, limits) {
        const result = await store.erase(erasure, limits);
        if (result.status !== 'erased') return result;
        return { ...result, durability: kept.erase ?? 'synced' };
      },
      async eraseUser(erasure, limits) {
        await store.eraseUser(erasure, limits);
        return { durability: kept.eraseUser ?? 'synced' };
      },
    },
  });
}

test.each(['stored', 'replicated', 'synced'] as const)(
  'an update whose append is %s says so',
  async (append) => {
    const { durability } = await scratch.persist(openKeeping({ append }));
    expect(durability).toBe(append);
  },
);

test('a known update says how safely it is kept now', async () => {
  const update = { updateId: 'one' };
  await scratch.persist(openKeeping({ append: 'stored' }), update);
  const again = await scratch.persist(openKeeping({ append: 'replicated' }), update);
  expect(again).toMatchObject({ known: true, durability: 'replicated' });
});

test('an update is kept no more safely than its note in the index of its user', async () => {
  const service = openKeeping({ append: 'replicated', index: 'stored' });
  expect((await scratch.persist(service, { userId: 'u' })).durability).toBe('stored');
  // The second one is due for no note.
  expect((await scratch.persist(service, { userId: 'u' })).durability).toBe('replicated');
});

test('an erase says how safely it is kept', async () => {
  await scratch.persist(openKeeping({}));
  const erased = await scratch.erase(openKeeping({ erase: 'replicated' }));
  expect(erased).toMatchObject({ found: true, durability: 'replicated' });
});

test.each([
  [{ erase: 'replicated', eraseUser: 'synced' }, 'replicated'],
  [{ erase: 'synced', eraseUser: 'stored' }, 'stored'],
] as const)('the erase of a user with %j is %s', async (kept, expected) => {
  const service = openKeeping(kept);
  await scratch.persist(service, { userId: 'u' });
  expect(await scratch.eraseUser(service, 'u')).toMatchObject({ erased: 1, durability: expected });
});
