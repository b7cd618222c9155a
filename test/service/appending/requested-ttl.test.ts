// How long a session lives after an update that says it.

import { beforeEach, describe, expect, test } from 'vitest';
import type { SessionEnd } from '../../../src/store/session-store.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';
import { openSpoolWorld } from '../spooling/spool-world.ts';

const HOUR_MS = 3_600_000;

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open({
    settings: { sessionTtlMs: HOUR_MS },
    flows: { long: { ttlMs: 10 * HOUR_MS } },
  });
});

async function secondsLeft(): Promise<number> {
  const session = await scratch.restore(service);
  return Math.round((session?.ttlMs ?? 0) / 1000 / 10) * 10;
}

describe('an update with a time to live', () => {
  test('extends its session by that, whatever the setting and its flow say', async () => {
    await scratch.persist(service, { ttlSeconds: 7200 });
    expect(await secondsLeft()).toBe(7200);
    await scratch.persist(service, { ttlSeconds: 10_800, flowId: 'long', ttlMode: 'extend' });
    expect(await secondsLeft()).toBe(10_800);
  });

  test('creates a session that lives for less than the setting says', async () => {
    await scratch.persist(service, { ttlSeconds: 60 });
    expect(await secondsLeft()).toBe(60);
  });

  test('never shortens what the session has left, unless it says exact', async () => {
    await scratch.persist(service);
    await scratch.persist(service, { ttlSeconds: 60 });
    expect(await secondsLeft()).toBe(3600);
    const exact = { ttlSeconds: 60, ttlMode: 'exact', updateId: 'mine' };
    const { revision } = await scratch.persist(service, exact);
    expect(await secondsLeft()).toBe(60);
    await scratch.persist(service);
    expect(await secondsLeft()).toBe(3600);
    expect(await scratch.persist(service, exact)).toMatchObject({ known: true, revision });
    expect(await secondsLeft()).toBe(3600);
  });

  test('has the end of its session noted for when it is, if that is exact', async () => {
    const ends: SessionEnd[] = [];
    const noteEnd = async (end: SessionEnd) => ends.push(end) > 0;
    const noting = scratch.open({ faults: { noteEnd } });
    await scratch.persist(noting, { ttlSeconds: 7200 });
    const startedMs = scratch.receipt().monotonicMs;
    await scratch.persist(noting, { ttlSeconds: 60 });
    const before = ends.length;
    await scratch.persist(noting, { ttlSeconds: 60, ttlMode: 'exact' });
    const { incarnation } = (await scratch.store.read('s')) ?? {};
    expect(ends.length).toBeGreaterThan(before);
    expect(ends.at(-1)).toMatchObject({ sessionId: 's', incarnation });
    const inMs = (ends.at(-1)?.endsAtMonotonicMs ?? 0) - startedMs;
    expect(Math.abs(inMs - 60_000)).toBeLessThan(30_000);
  });

  test('is another update than the same with another one', async () => {
    const update = { ...variable('a', 1), inputId: 'i', timestamp: '2024-06-15T10:00:00Z' };
    for (const life of [{}, { ttlSeconds: 60 }, { ttlSeconds: 60, ttlMode: 'exact' }]) {
      expect(await scratch.persist(service, { ...update, ...life })).toMatchObject({
        known: false,
      });
      expect(await scratch.persist(service, { ...update, ...life })).toMatchObject({ known: true });
    }
  });

  test.each([
    [{ ttlSeconds: 0 }, '/ttl', 'from 1 to 34560000'],
    [{ ttlSeconds: 34_560_001 }, '/ttl', 'not 34560001'],
    [{ ttlSeconds: 0.5 }, '/ttl', 'a whole number of seconds'],
    [{ ttlSeconds: Number.NaN }, '/ttl', '(400 days)'],
    [{ ttlSeconds: 60, ttlMode: 'shorten' }, '/ttlMode', '"extend" and "exact"'],
    [{ ttlMode: 'exact' }, '/ttlMode', 'no ttl'],
  ])('%j is unusable', async (given, pointer, message) => {
    await expect(scratch.persist(service, given)).rejects.toMatchObject({
      ...{ reason: 'invalid', message: expect.stringContaining(message) },
      violations: [{ pointer }],
    });
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('is spooled with it, and replayed with it', async () => {
    const world = openSpoolWorld();
    const started = world.start();
    world.leave();
    await world.persist(started.service, { ttlSeconds: 7200 });
    world.comeBack();
    expect(await started.idle()).toEqual(['stored']);
    const left = (await world.restore(started.service))?.ttlMs ?? 0;
    expect(Math.abs(left - 7_200_000)).toBeLessThan(60_000);
  });

  test('is never spooled if that is exact', async () => {
    const world = openSpoolWorld();
    const started = world.start();
    world.leave();
    const exact = world.persist(started.service, { ttlSeconds: 60, ttlMode: 'exact' });
    await expect(exact).rejects.toMatchObject({ reason: 'unavailable' });
    expect(started.spool.rows.size).toBe(0);
  });
});
