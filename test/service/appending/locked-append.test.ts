// Updates that meet a lock which somebody else holds.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { Append } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import { until } from '../../support/until.ts';
import { openScratch, type Scratch, variable } from '../scratch-services.ts';

useClockOfTimers();

let scratch: Scratch;
let waitedSeconds: number[];
let contended: number;
let appends: number;
beforeEach(() => {
  scratch = openScratch();
  [waitedSeconds, contended, appends] = [[], 0, 0];
});

/** A service that counts; it asks again after 10 ms, or as late as is said. */
function open({ lockWaitMs = 5_000, requestDeadlineMs = 10_000, random = (): number => 0 } = {}) {
  return scratch.open({
    settings: { lockWaitMs },
    patience: { requestDeadlineMs, random },
    observer: {
      lockWaited: (seconds) => waitedSeconds.push(seconds),
      lockContended: () => {
        contended += 1;
      },
    },
    faults: {
      append: (append: Append) => {
        appends += 1;
        return scratch.store.append(append);
      },
    },
  });
}

const appended = (times: number) => until('asking', () => (appends >= times ? true : undefined));

test('an update asks once where there is no lock, and nothing is counted', async () => {
  await scratch.persist(open());
  expect([appends, contended, waitedSeconds]).toEqual([1, 0, []]);
});

test('an update waits until another process releases the lock', async () => {
  const [holder, service] = [scratch.open(), open()];
  const { token } = await scratch.lock(holder);
  const waiting = scratch.persist(service, variable('late', true));
  await appended(3);
  expect(await scratch.restore(service)).toBeUndefined();
  await scratch.unlock(holder, token);
  expect(await waiting).toMatchObject({ status: 'accepted', revision: 1 });
  expect(contended).toBe(1);
  expect(waitedSeconds).toHaveLength(1);
});

test('the time that an update waited is counted in seconds', async () => {
  const [holder, service] = [
    scratch.open(),
    open({ lockWaitMs: 60_000, requestDeadlineMs: 60_000 }),
  ];
  const startedMs = performance.now();
  const { token } = await scratch.lock(holder, { ttlMs: 60_000 });
  const waiting = scratch.persist(service);
  await appended(2);
  scratch.advance(20_000);
  await scratch.unlock(holder, token);
  await waiting;
  const [seconds = 0] = waitedSeconds;
  expect(seconds).toBeGreaterThan(20);
  // What passed besides is real time.
  expect(seconds).toBeLessThanOrEqual(20 + (performance.now() - startedMs) / 1000);
});

test('an update goes on at once when its own process releases the lock', async () => {
  const service = open({ random: () => 1e6 });
  const { token } = await scratch.lock(service);
  const waiting = scratch.persist(service);
  await until('meeting the lock', () => (contended === 1 ? true : undefined));
  await nextTurn();
  await scratch.unlock(service, token);
  expect((await waiting).revision).toBe(1);
  expect(appends).toBe(2);
});

test('updates that wait cost the store no more than one does', async () => {
  const [holder, service] = [scratch.open(), open()];
  const { token } = await scratch.lock(holder);
  const waiting = Array.from({ length: 50 }, () => scratch.persist(service));
  await appended(55);
  const askedBefore = appends;
  await scratch.unlock(holder, token);
  const stored = await Promise.all(waiting);
  expect(new Set(stored.map(({ revision }) => revision)).size).toBe(50);
  expect(askedBefore).toBeLessThan(60);
});

test('the holder writes while others wait', async () => {
  const service = open();
  const { token } = await scratch.lock(service);
  const waiting = scratch.persist(service, variable('of', 'another'));
  expect(
    await scratch.persist(service, { lockToken: token, ...variable('of', 'the holder') }),
  ).toMatchObject({
    revision: 1,
  });
  await scratch.unlock(service, token);
  expect(await waiting).toMatchObject({ revision: 2 });
});

test('an update is refused once it has waited as long as the settings say, and is not stored', async () => {
  const service = open({ lockWaitMs: 60 });
  await scratch.lock(scratch.open(), { ttlMs: 20_000 });
  const refused = scratch.persist(service, { updateId: 'u-1' });
  await expect(refused).rejects.toMatchObject({ reason: 'locked' });
  const { facts } = await refused.catch((refusal) => refusal);
  expect(facts.retryAfterMs).toBeGreaterThan(15_000);
  expect(facts.retryAfterMs).toBeLessThanOrEqual(20_000);
  expect(waitedSeconds[0]).toBeGreaterThanOrEqual(0.05);
  expect(await scratch.restore(service)).toBeUndefined();
});

test('an update waits no longer than its request may take', async () => {
  const service = open({ requestDeadlineMs: 60 });
  await scratch.lock(scratch.open());
  const startedMs = performance.now();
  await expect(scratch.persist(service)).rejects.toMatchObject({ reason: 'locked' });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

test('an update that waits for a lock which runs out is stored', async () => {
  const service = open();
  await scratch.lock(scratch.open(), { ttlMs: 100 });
  expect((await scratch.persist(service)).revision).toBe(1);
});

test('an update with an etag that no longer matches after the wait is a conflict', async () => {
  const service = open();
  const { etag } = await scratch.persist(service);
  const { token } = await scratch.lock(service);
  const waiting = scratch.persist(service, { ifMatch: etag });
  await scratch.persist(service, { lockToken: token });
  await scratch.unlock(service, token);
  await expect(waiting).rejects.toMatchObject({ reason: 'conflict', facts: { revision: 2 } });
});
