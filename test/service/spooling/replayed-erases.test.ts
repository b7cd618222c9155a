// Erases in an outage: whatever was spooled before one stays away, in doubt too; what came after
// it, and what somebody else has begun since, stays.

import { describe, expect, test } from 'vitest';
import type { RestoredSession } from '../../../src/service/session-service.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import { until } from '../../support/until.ts';
import { variable } from '../scratch-services.ts';
import { DOUBT_MS, HOUR_MS, openSpoolWorld, untilCalled } from './spool-world.ts';

useClockOfTimers();

const DAY_MS = 24 * HOUR_MS;
const LIVES = { settings: { sessionTtlMs: 30 * DAY_MS } };

/** A world in which a sidecar has spooled updates, and another one sees the store. */
async function outage(...updates: object[]) {
  const world = openSpoolWorld(LIVES);
  const sidecar = world.start();
  const other = world.open(LIVES);
  world.leave();
  for (const update of updates) await world.persist(sidecar.service, update);
  return { world, ...sidecar, other };
}

async function keysOf(restoring: Promise<RestoredSession | undefined>) {
  return (await restoring)?.variables.map(({ key }) => key);
}

test('a session that was erased meanwhile gets none of them', async () => {
  const { world, other, idle } = await outage(variable('a', 1), variable('a', 2));
  await world.erase(other);
  world.comeBack();
  expect(await idle()).toEqual(['erased', 'erased']);
  expect(await world.restore(other)).toBeUndefined();
});

test('an update from after the erase is stored, the one from before is not', async () => {
  const { world, other, service, idle } = await outage(variable('a', 1));
  await world.erase(other);
  world.advance(DOUBT_MS);
  await world.persist(service, variable('b', 2));
  world.comeBack();
  expect(await idle()).toEqual(['erased', 'stored']);
  expect(await keysOf(world.restore(other))).toEqual(['b']);
});

test('what somebody else has stored since the erase stays, and nothing else', async () => {
  const { world, other, idle } = await outage(variable('a', 1));
  await world.erase(other);
  await world.persist(other, variable('c', 3));
  world.comeBack();
  expect(await idle()).toEqual(['erased']);
  expect(await keysOf(world.restore(other))).toEqual(['c']);
});

test('after a restart the age is still known', async () => {
  const { world, other, service, spool, crash } = await outage(variable('a', 1));
  await world.erase(other);
  world.advance(DOUBT_MS);
  await world.persist(service, variable('b', 2));
  await crash();
  world.advance(HOUR_MS);
  const next = world.start({ rows: spool.rows });
  world.comeBack();
  expect(await next.idle()).toEqual(['erased', 'stored']);
});

test('after a reboot the age is unknown: an erase wins, and without one nothing is lost', async () => {
  const { world, other, service, spool, crash } = await outage({ sessionId: 'kept' });
  await world.erase(other);
  await world.persist(service, { ...variable('b', 2), receipt: world.receipt() });
  await crash();
  world.advance(HOUR_MS);
  world.reboot();
  const next = world.start({ rows: spool.rows });
  world.comeBack();
  expect((await next.idle()).sort()).toEqual(['doubtful', 'stored']);
  expect(world.settled).toContainEqual({ sessionId: 'kept', settled: 'stored' });
  expect(await world.restore(other)).toBeUndefined();
});

test('after a reboot the age is known all the same, if two clocks agree on it', async () => {
  const { world, other, service, spool, crash } = await outage(variable('a', 1));
  await world.erase(other);
  world.advance(5000);
  await world.persist(service, variable('b', 2));
  await crash();
  world.advance(HOUR_MS);
  world.reboot(100);
  const next = world.start({ rows: spool.rows });
  world.comeBack();
  expect(await next.idle()).toEqual(['erased', 'stored']);
  expect(await keysOf(world.restore(other))).toEqual(['b']);
});

describe('a user who was erased meanwhile', () => {
  test('gets no session back, though no index knew of it', async () => {
    const user = { userId: 'u' };
    const { world, other, idle } = await outage({ ...user, ...variable('a', 1) }, variable('b', 2));
    expect((await world.eraseUser(other, 'u')).erased).toBe(0);
    world.comeBack();
    // The second names nobody: it belongs to whom the first has named.
    expect(await idle()).toEqual(['user_erased', 'user_erased']);
    expect(await world.restore(other)).toBeUndefined();
    expect(await world.indexed('u')).toEqual([]);
  });

  test('keeps the session that began since', async () => {
    const { world, other, idle } = await outage({ userId: 'u', ...variable('a', 1) });
    await world.eraseUser(other, 'u');
    await world.persist(other, { userId: 'u', ...variable('c', 3) });
    world.comeBack();
    expect(await idle()).toEqual(['user_erased']);
    expect(await keysOf(world.restore(other))).toEqual(['c']);
    expect(await world.indexed('u')).toEqual(['s']);
  });

  test('keeps it also if the age of what was spooled is unknown', async () => {
    const { world, other, spool, crash } = await outage({ userId: 'u', ...variable('a', 1) });
    await world.eraseUser(other, 'u');
    await world.persist(other, { userId: 'u', ...variable('c', 3) });
    await crash();
    world.reboot();
    const next = world.start({ rows: spool.rows });
    world.comeBack();
    expect(await next.idle()).toEqual(['user_erased']);
    expect(await keysOf(world.restore(other))).toEqual(['c']);
  });

  test('loses what an attempt had stored without an answer', async () => {
    const world = openSpoolWorld(LIVES);
    const { service, idle } = world.start();
    const other = world.open(LIVES);
    const { append } = world.store;
    world.store.append = async (update, limits) => {
      await append(update, limits);
      throw new StoreUnavailable('append', { reason: 'the answer was lost' });
    };
    world.leaveIndexes();
    const kept = await world.persist(service, { userId: 'u', ...variable('a', 1) });
    expect(kept.durability).toBe('spooled');
    world.leave();
    await world.eraseUser(other, 'u');
    expect(await world.restore(other)).toBeDefined();
    world.store.append = append;
    world.comeBack();
    expect(await idle()).toEqual(['user_erased']);
    expect(await world.restore(other)).toBeUndefined();
  });

  test('who is erased between the check and the append loses the session, too', async () => {
    const { world, other, idle } = await outage({ userId: 'u', ...variable('a', 1) });
    const { append } = world.store;
    world.store.append = async (update, limits) => {
      world.store.append = append;
      await world.eraseUser(other, 'u');
      return append(update, limits);
    };
    world.comeBack();
    const [settled] = await idle();
    expect(settled).toMatch(/^(user_)?erased$/);
    expect(await world.restore(other)).toBeUndefined();
  });

  test('loses the session whose note was spooled', async () => {
    const failures: string[] = [];
    const observer = { indexFailed: () => void failures.push('index') };
    const world = openSpoolWorld({ ...LIVES, observer });
    const { service, idle } = world.start();
    const other = world.open(LIVES);
    world.leaveIndexes();
    const stored = await world.persist(service, { userId: 'u', ...variable('a', 1) });
    expect(stored).toMatchObject({ durability: 'stored', revision: 1 });
    expect(world.spooled).toEqual(['note']);
    // Until its request ends, the note is tried again without the spool as well.
    await until('it to fail', () => failures.length === 1 || undefined);
    await world.eraseUser(other, 'u');
    world.comeBack();
    expect(await idle()).toEqual(['user_erased']);
    expect(await world.restore(other)).toBeUndefined();
  });
});

test('a note that fails is spooled, and written when the index is back', async () => {
  const world = openSpoolWorld(LIVES);
  const { service, spool, idle } = world.start();
  world.leaveIndexes();
  expect(await world.persist(service, { userId: 'u' })).toMatchObject({ durability: 'stored' });
  expect(spool.rows.size).toBe(1);
  expect(await world.indexed('u')).toEqual([]);
  world.comeBack();
  expect(await idle()).toEqual(['noted']);
  expect(await world.indexed('u')).toEqual(['s']);
});

test('a row is given up only after both append and note', async () => {
  const world = openSpoolWorld(LIVES);
  const { service, spool, idle } = world.start();
  world.leave();
  await world.persist(service, { userId: 'u', ...variable('a', 1) });
  // The session's shard is back, the index is not.
  world.comeBack();
  world.leaveIndexes();
  world.calls.length = 0;
  await untilCalled(world, 'index', 2);
  expect(spool.rows.size).toBe(1);
  world.comeBack();
  expect(await idle()).toEqual(['stored']);
  expect(await world.indexed('u')).toEqual(['s']);
});

test('a row whose update names nobody waits for the note that is due, too', async () => {
  const world = openSpoolWorld(LIVES);
  const { service, spool, idle } = world.start();
  await world.persist(service, { userId: 'u' });
  world.advance(HOUR_MS / 3);
  world.leave();
  await world.persist(service, variable('a', 1));
  world.comeBack();
  world.leaveIndexes();
  await until('the append', async () => (await world.store.read('s'))?.revision === 2 || undefined);
  world.calls.length = 0;
  await untilCalled(world, 'index', 2);
  expect(spool.rows.size).toBe(1);
  world.comeBack();
  expect(await idle()).toEqual(['known']);
});

test('what has outlived its session, or is older than the spool keeps it, is dropped', async () => {
  const world = openSpoolWorld({ settings: { sessionTtlMs: HOUR_MS } });
  const { service, spool, crash } = world.start();
  world.leave();
  await world.persist(service, { sessionId: 'ended' });
  await crash();
  world.advance(2 * HOUR_MS);
  const second = world.start({ rows: spool.rows });
  await world.persist(second.service, { sessionId: 'old' });
  await second.crash();
  world.advance(HOUR_MS / 2);
  const third = world.start({ rows: second.spool.rows, spoolMaxAgeMs: HOUR_MS / 4 });
  world.comeBack();
  await third.idle();
  expect(world.settled).toEqual([
    { sessionId: 'ended', settled: 'too_old' },
    { sessionId: 'old', settled: 'too_old' },
  ]);
  const fourth = world.start({ rows: [...spool.rows].slice(0, 1) });
  await fourth.idle();
  expect(world.settled.at(-1)).toEqual({ sessionId: 'ended', settled: 'ended' });
});
