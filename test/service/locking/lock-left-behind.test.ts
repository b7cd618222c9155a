// What is left of a lock whose taker is not told of it: nothing.

import { beforeEach, describe, expect, test } from 'vitest';
import { type LockRequest, StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import { until } from '../../support/until.ts';
import { openScratch, type Scratch } from '../scratch-services.ts';

useClockOfTimers();

let scratch: Scratch;
beforeEach(() => {
  scratch = openScratch();
});

const isHeld = async () => (await scratch.store.inspect('s')).lockedUntilMs !== undefined;
const hangs = () => new Promise<never>(() => {});

describe('an attempt to lock whose answer was lost', () => {
  test('is found to hold the lock by the next attempt', async () => {
    const tokens: string[] = [];
    const lock = async (request: LockRequest) => {
      tokens.push(request.token);
      const answer = await scratch.store.lock(request);
      if (tokens.length === 1)
        throw new StoreUnavailable('lock', { reason: 'the answer was lost' });
      return answer;
    };
    const { token } = await scratch.lock(scratch.open({ faults: { lock } }));
    expect(tokens).toEqual([token, token]);
  });

  test('is given back where no attempt was answered in time', async () => {
    const lock = async (request: LockRequest) => {
      await scratch.store.lock(request);
      return hangs();
    };
    const service = scratch.open({ faults: { lock }, patience: { requestDeadlineMs: 30 } });
    // Long enough that it does not end by itself while the test waits.
    const locking = scratch.lock(service, { ttlMs: 300_000 });
    await expect(locking).rejects.toMatchObject({ reason: 'unavailable' });
    await until('the release', async () => ((await isHeld()) ? undefined : true));
  });

  test('leaves a lock that was to be kept to its holder', async () => {
    const { token } = await scratch.lock(scratch.open());
    const service = scratch.open({ faults: { lock: hangs }, patience: { requestDeadlineMs: 30 } });
    await expect(scratch.lock(service, { token })).rejects.toMatchObject({ reason: 'unavailable' });
    expect(await isHeld()).toBe(true);
  });
});

describe('a caller who has gone', () => {
  test('leaves the line, and nothing behind', async () => {
    const service = scratch.open();
    const { token } = await scratch.lock(service);
    const gone = new AbortController();
    const waiting = scratch.lock(service, { waitMs: 10_000, signal: gone.signal });
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ reason: 'locked' });
    await scratch.unlock(service, token);
    expect(await isHeld()).toBe(false);
  });

  test('while the store was asked has the lock given back', async () => {
    const gone = new AbortController();
    const lock = async (request: LockRequest) => {
      const answer = await scratch.store.lock(request);
      gone.abort();
      return answer;
    };
    const service = scratch.open({ faults: { lock } });
    await expect(scratch.lock(service, { signal: gone.signal })).rejects.toMatchObject({
      reason: 'locked',
    });
    expect(await isHeld()).toBe(false);
  });
});

test('who waits behind others is not told `locked` by a store that does not answer', async () => {
  const faults = { lock: hangs };
  const service = scratch.open({ faults, patience: { requestDeadlineMs: 100 } });
  const first = scratch.lock(service);
  const behind = scratch.lock(service, { waitMs: 20 });
  await expect(first).rejects.toMatchObject({ reason: 'unavailable' });
  await expect(behind).rejects.toMatchObject({ reason: 'unavailable' });
});
