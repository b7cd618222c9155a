import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { StoreUnavailable } from '../../src/store/session-store.ts';
import { watchStore } from '../../src/store/store-readiness.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const UNREACHABLE = new StoreUnavailable('ping', { reason: 'ECONNREFUSED' });
const REFUSAL = { kind: 'no_permission', isLasting: true, text: 'NOPERM' } as const;
const REFUSED = new StoreUnavailable('ping', { reason: 'NOPERM', refusal: REFUSAL });

/** Watches a store whose answer the test sets; `asked` counts. */
async function watch(first: Error | undefined) {
  const store = { answer: first, asked: 0 };
  const readiness = await watchStore({
    async ping() {
      store.asked += 1;
      if (store.answer) throw store.answer;
    },
  });
  onTestFinished(() => readiness.stop());
  return { store, readiness };
}

/** How often the store is asked within ten seconds. */
async function askedInTenSeconds({ store }: Awaited<ReturnType<typeof watch>>): Promise<number> {
  const before = store.asked;
  await vi.advanceTimersByTimeAsync(10_000);
  return store.asked - before;
}

test('a store that does not answer is asked every 20 ms until it does, then once a second', async () => {
  const watched = await watch(UNREACHABLE);
  expect(await askedInTenSeconds(watched)).toBe(500);
  expect(watched.readiness.current()).toBe(false);
  watched.store.answer = undefined;
  await vi.advanceTimersByTimeAsync(20);
  expect(watched.readiness.current()).toBe(true);
  expect(await askedInTenSeconds(watched)).toBe(10);
});

test('a store that has answered once is asked once a second, whatever happens to it', async () => {
  const watched = await watch(undefined);
  watched.store.answer = UNREACHABLE;
  expect(await askedInTenSeconds(watched)).toBe(10);
  expect(watched.readiness.current()).toBe(false);
});

test('a store that refuses is asked every 20 ms for half a second, then once a second', async () => {
  const watched = await watch(REFUSED);
  const asked = await askedInTenSeconds(watched);
  expect(asked).toBeGreaterThan(25 + 5);
  expect(asked).toBeLessThan(25 + 12);
});
