// Touch: a session lives on without an update, and is found as long as it does.

import { beforeEach, describe, expect, test } from 'vitest';
import type { SessionService } from '../../src/service/session-service.ts';
import { StoreUnavailable, type Touch } from '../../src/store/session-store.ts';
import { useClockOfTimers } from '../support/clock-of-timers.ts';
import { openScratch, type Scratch, type Service, variable } from './scratch-services.ts';
import { openSpoolWorld } from './spooling/spool-world.ts';

useClockOfTimers();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open({ settings: { sessionTtlMs: HOUR_MS } });
});

const touch = (
  of: Pick<SessionService, 'touch'>,
  ttlSeconds?: number,
  { sessionId = 's', ageMs = 0 } = {},
) => of.touch({ receipt: scratch.receipt(ageMs), sessionId, ttlSeconds });

/** Minutes that a session has left, rounded; undefined if there is none. */
async function minutesLeft(of: Service = service): Promise<number | undefined> {
  const session = await scratch.restore(of);
  return session && Math.round(session.ttlMs / MINUTE_MS);
}

describe('a touch', () => {
  test('extends a session as far as it says, and says how long it lives', async () => {
    const { etag } = await scratch.persist(service, variable('a', 1));
    const touched = await touch(service, 7200);
    expect(touched).toEqual({
      ...{ found: true, sessionId: 's', ttlMs: expect.any(Number), durability: 'stored' },
    });
    expect(touched.found && Math.round(touched.ttlMs / MINUTE_MS)).toBe(120);
    expect(await minutesLeft()).toBe(120);
    expect(await scratch.restore(service)).toMatchObject({ etag, revision: 1 });
  });

  test('never shortens it, as reading never extends it', async () => {
    await scratch.persist(service);
    expect(await touch(service, 60)).toMatchObject({ found: true });
    scratch.advance(30 * MINUTE_MS);
    expect(await minutesLeft()).toBe(30);
  });

  test('lasts as long as the definition of its flow says, if it does not say itself', async () => {
    const flows = { checkout: { ttlMs: 5 * HOUR_MS }, short: { ttlMs: MINUTE_MS } };
    const calls: Touch[] = [];
    const { store } = scratch;
    const defined = scratch.open({
      ...{ flows, settings: { sessionTtlMs: HOUR_MS } },
      faults: {
        touch: (asked, limits) => {
          calls.push(asked);
          return store.touch(asked, limits);
        },
      },
    });
    await scratch.persist(defined, { flowId: 'checkout', ttlSeconds: 60 });
    await touch(defined);
    expect(await minutesLeft(defined)).toBe(300);
    expect(calls.map(({ flowId }) => flowId)).toEqual(['', 'checkout']);
    await scratch.persist(defined, { sessionId: 'other', flowId: 'short' });
    expect(await touch(defined, undefined, { sessionId: 'other' })).toMatchObject({ found: true });
    const other = { receipt: scratch.receipt(), sessionId: 'other', userId: '', revision: 0 };
    expect((await defined.restore(other))?.ttlMs).toBeLessThanOrEqual(MINUTE_MS);
  });

  test('finds no session where there is none, one has expired, or one was erased', async () => {
    expect(await touch(service)).toEqual({ found: false, isErased: false });
    await scratch.persist(service);
    scratch.advance(HOUR_MS + 1);
    expect(await touch(service)).toEqual({ found: false, isErased: false });
    await scratch.persist(service);
    await scratch.erase(service);
    expect(await touch(service)).toEqual({ found: false, isErased: true });
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('needs no lock, and leaves it with its holder', async () => {
    await scratch.persist(service);
    const { token } = await scratch.lock(service);
    expect(await touch(service, 7200)).toMatchObject({ found: true });
    expect(await scratch.persist(service, { lockToken: token })).toMatchObject({ revision: 2 });
  });

  test('keeps the session in the index of its user for as long as it lives', async () => {
    await scratch.persist(service, { ...variable('a', 1), userId: 'u' });
    await touch(service, 24 * 3600);
    scratch.advance(23 * HOUR_MS);
    const query = { receipt: scratch.receipt(), sessionId: '', userId: 'u', revision: 0 };
    expect(await service.restore(query)).toMatchObject({ sessionId: 's' });
  });

  test('of a session whose user was erased since it was received says so, and erases it', async () => {
    await scratch.persist(service, { userId: 'u' });
    const late = scratch.receipt(2000);
    await service.eraseUser({ receipt: scratch.receipt(), userId: 'u' });
    // One that nobody's index led to when the user was erased.
    const update = { userId: 'u' };
    await scratch.persist(scratch.open({ faults: { index: noIndex } }), update);
    const patient = scratch.open({ patience: { requestDeadlineMs: 60_000 } });
    const touched = await patient.touch({ receipt: late, sessionId: 's', ttlSeconds: 7200 });
    expect(touched).toEqual({ found: false, isErased: true });
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test.each([0, -1, 1.5, 34_560_001, Number.NaN])('for %s seconds is unusable', async (seconds) => {
    await expect(touch(service, seconds)).rejects.toMatchObject({
      ...{ reason: 'invalid', message: expect.stringContaining('from 1 to 34560000') },
      violations: [{ pointer: '/ttl' }],
    });
  });

  test('of no session, or of an id that was not resolved, is unusable', async () => {
    for (const sessionId of ['', '{{input.sessionId}}'])
      await expect(touch(service, 60, { sessionId })).rejects.toMatchObject({
        violations: [{ pointer: '/sessionId' }],
      });
  });

  test('is unavailable while the store is away, and never spooled', async () => {
    const world = openSpoolWorld();
    const started = world.start();
    await world.persist(started.service);
    const down = async () => {
      throw new StoreUnavailable('touch', { reason: 'it is away' });
    };
    const away = scratch.open({ faults: { touch: down }, patience: { requestDeadlineMs: 40 } });
    await expect(touch(away)).rejects.toMatchObject({ reason: 'unavailable' });
    expect(started.spool.rows.size).toBe(0);
  });

  test('of a session that waits in the spool is to be sent again', async () => {
    const world = openSpoolWorld();
    const started = world.start();
    world.away.add('append');
    await world.persist(started.service, variable('a', 1));
    const query = { receipt: world.receipt(), sessionId: 's', ttlSeconds: 60 };
    await expect(started.service.touch(query)).rejects.toMatchObject({
      ...{ reason: 'unavailable', message: expect.stringContaining('wait in the spool') },
    });
    const other = { ...query, receipt: world.receipt(), sessionId: 'other' };
    expect(await started.service.touch(other)).toMatchObject({ found: false });
  });
});

async function noIndex() {
  return { status: 'noted', durability: 'stored' } as const;
}
