// Locks that run out and that nobody comes to are counted all the same, once.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { openScratch, type Scratch, type Service } from '../scratch-services.ts';

const TTL_MS = 10_000;
/** When a lock that lapsed is asked for, from when it was granted. */
const ASKED_AFTER_MS = TTL_MS + 50_000;

let scratch: Scratch;
let lapsed: string[];
let unknown: string[];
let service: Service;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  scratch = openScratch();
  [lapsed, unknown] = [[], []];
  service = open();
});
afterEach(() => vi.useRealTimers());

function open(options: Parameters<Scratch['open']>[0] = {}): Service {
  const observer = {
    lockLapsed: ({ sessionId }: { sessionId: string }) => lapsed.push(sessionId),
    lapseUnknown: ({ sessionId }: { sessionId: string }) => unknown.push(sessionId),
  };
  return scratch.open({ ...options, observer });
}

/** Lets time pass, for the store as well as for timers, second by second. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 1000) {
    scratch.advance(1000);
    await vi.advanceTimersByTimeAsync(1000);
  }
}

describe('a lock that its holder has forgotten', () => {
  test('is counted once when nobody comes, shortly before the store forgets it', async () => {
    await scratch.lock(service, { ttlMs: TTL_MS });
    await pass(ASKED_AFTER_MS - 1000);
    expect(lapsed).toEqual([]);
    await pass(2000);
    expect(lapsed).toEqual(['s']);
    await pass(100_000);
    expect(lapsed).toEqual(['s']);
  });

  test('is counted once when another comes', async () => {
    await scratch.lock(service, { ttlMs: TTL_MS });
    await pass(TTL_MS + 1000);
    const other = open();
    const { token } = await scratch.lock(other, { ttlMs: TTL_MS });
    await scratch.unlock(other, token);
    await pass(100_000);
    expect(lapsed).toEqual(['s']);
  });

  test('is counted once when its holder comes late, through this process or another', async () => {
    for (const late of [service, open()]) {
      const { token } = await scratch.lock(service, { ttlMs: TTL_MS });
      await pass(TTL_MS + 1000);
      await expect(scratch.unlock(late, token)).rejects.toMatchObject({ reason: 'lock_lost' });
      await pass(100_000);
    }
    expect(lapsed).toEqual(['s', 's']);
  });

  test('is counted by whoever renewed it last', async () => {
    const { token } = await scratch.lock(service, { ttlMs: TTL_MS });
    await pass(5000);
    await scratch.lock(open(), { token, ttlMs: 10 * TTL_MS });
    // The process that granted it asks while it is held, and leaves it alone.
    await pass(ASKED_AFTER_MS);
    expect(lapsed).toEqual([]);
    await pass(120_000);
    expect(lapsed).toEqual(['s']);
  });
});

test('a lock that is held when it is asked for stays held', async () => {
  const { token } = await scratch.lock(service, { ttlMs: TTL_MS });
  const other = open();
  for (let turn = 0; turn < 10; turn++) {
    await pass(8000);
    await scratch.lock(other, { token, ttlMs: TTL_MS });
  }
  await scratch.unlock(other, token);
  await pass(100_000);
  expect(lapsed).toEqual([]);
});

test('a lock that was released is not asked for', async () => {
  let asked = 0;
  const forgetLapsed = async () => {
    asked += 1;
    return true;
  };
  const counting = open({ faults: { forgetLapsed } });
  const { token } = await scratch.lock(counting, { ttlMs: TTL_MS });
  await scratch.unlock(counting, token);
  await pass(100_000);
  await scratch.lock(counting, { ttlMs: TTL_MS });
  counting.lapseWatch.close();
  await pass(100_000);
  expect(asked).toBe(0);
});

test('what became of a lock is not known where the store cannot be asked', async () => {
  const forgetLapsed = async () => {
    // Until the deadline of the question has passed.
    scratch.advance(10_000);
    throw new StoreUnavailable('forgetLapsed', { reason: 'down' });
  };
  await scratch.lock(open({ faults: { forgetLapsed } }), { ttlMs: TTL_MS });
  await pass(100_000);
  expect(unknown).toEqual(['s']);
  expect(lapsed).toEqual([]);
});
