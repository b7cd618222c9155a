// A lock stands and ends by the clock of Redis, whatever the clocks of a sidecar say.

import { afterEach, expect, it, vi } from 'vitest';
import { appendOf, openStore, standaloneTarget } from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';

const HOUR_MS = 3_600_000;
const token = 'a-token-of-22-letters-';

afterEach(() => {
  vi.useRealTimers();
});

/** A store in a sidecar both of whose clocks are wrong: so far off, or standing still. */
async function openSkewedStore({ skewMs, frozen = false }: { skewMs: number; frozen?: boolean }) {
  const [wallMs, monotonicMs] = [Date.now(), performance.now()];
  vi.useFakeTimers({ toFake: ['Date'], now: wallMs + skewMs });
  const nowMonotonicMs = () => (frozen ? monotonicMs : performance.now()) + skewMs;
  return await openStore(standaloneTarget(), { nowMonotonicMs });
}

it.each([HOUR_MS, -HOUR_MS])(
  'a lock of a minute stands in a sidecar that is %d ms off',
  async (skewMs) => {
    const store = await openSkewedStore({ skewMs });
    const { sessionId } = appendOf();
    await store.lock({ sessionId, token, ttlMs: 60_000, renew: false });
    const { nowMs, lockedUntilMs = 0 } = await store.inspect(sessionId);
    expect(lockedUntilMs - nowMs).toBeGreaterThan(50_000);
    expect(lockedUntilMs - nowMs).toBeLessThanOrEqual(60_000);
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'locked' });
    expect(await store.append(appendOf({ sessionId, lockToken: token }))).toMatchObject({
      status: 'stored',
    });
    await store.close();
  },
);

it('a lock lapses for a sidecar whose clocks stand still', async () => {
  const store = await openSkewedStore({ skewMs: -HOUR_MS, frozen: true });
  const { sessionId } = appendOf();
  await store.lock({ sessionId, token, ttlMs: 100, renew: false });
  const stillBefore = Date.now();
  await until('the lock to lapse', async () =>
    (await store.inspect(sessionId)).lockedUntilMs === undefined ? true : undefined,
  );
  expect(Date.now()).toBe(stillBefore);
  expect(await store.append(appendOf({ sessionId, lockToken: token }))).toEqual({
    status: 'lock-lost',
  });
  expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'stored' });
  await store.close();
});

it('an update that waited is judged by the lock as it stands when it comes', async () => {
  const store = await openStore(standaloneTarget());
  const { sessionId } = appendOf();
  const waited = { sessionId, receivedAtMonotonicMs: performance.now() - HOUR_MS };
  await store.lock({ sessionId, token, ttlMs: 60_000, renew: false });
  expect(await store.append(appendOf(waited))).toMatchObject({ status: 'locked' });
  expect(await store.append(appendOf({ ...waited, lockToken: token }))).toMatchObject({
    status: 'stored',
  });
  await store.close();
});

it('an update that waited is refused once the lock has lapsed, though it was received while it stood', async () => {
  const store = await openStore(standaloneTarget());
  const { sessionId } = appendOf();
  const waited = { sessionId, receivedAtMonotonicMs: performance.now() - HOUR_MS };
  await store.lock({ sessionId, token, ttlMs: 100, renew: false });
  await until('the lock to lapse', async () =>
    (await store.inspect(sessionId)).lockedUntilMs === undefined ? true : undefined,
  );
  expect(await store.append(appendOf({ ...waited, lockToken: token }))).toEqual({
    status: 'lock-lost',
  });
  expect(await store.append(appendOf(waited))).toMatchObject({ status: 'stored' });
  await store.close();
});
