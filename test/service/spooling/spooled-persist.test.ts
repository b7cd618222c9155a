// An update that the store does not take: kept, acknowledged, and stored once the store is back.

import { expect, test } from 'vitest';
import { readFrame } from '../../../src/session/frame.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import { commandOf } from '../../support/test-service.ts';
import { variable } from '../scratch-services.ts';
import { openSpoolWorld, untilCalled } from './spool-world.ts';

useClockOfTimers();

const refusal = (reason: string) => expect.objectContaining({ name: 'Refusal', reason });

test('a store that answers gets every update at once, and the spool none', async () => {
  const world = openSpoolWorld();
  const { service, spool } = world.start();
  expect(await world.persist(service, variable('a', 1))).toMatchObject({
    ...{ status: 'accepted', durability: 'stored', revision: 1 },
  });
  expect(spool.rows.size).toBe(0);
  expect(world.spooled).toEqual([]);
});

test('a store that is away: spooled, known when it is repeated, stored once it is back', async () => {
  const world = openSpoolWorld();
  const { service, spool, idle } = world.start();
  world.leave();
  const update = { ...variable('a', 1), updateId: 'mine' };
  const accepted = { status: 'accepted', durability: 'spooled', revision: 0, etag: '' };
  expect(await world.persist(service, update)).toMatchObject({ ...accepted, known: false });
  expect(await world.persist(service, update)).toMatchObject({ ...accepted, known: true });
  await expect(world.persist(service, { ...update, ...variable('a', 2) })).rejects.toEqual(
    refusal('id_reused'),
  );
  expect(spool.rows.size).toBe(1);
  world.comeBack();
  expect(await idle()).toEqual(['stored']);
  expect(await world.persist(service, update)).toMatchObject({ revision: 1, known: true });
  expect(await world.restore(service)).toMatchObject({
    ...{ ...variable('a', 1), revision: 1, spooledUpdates: 0 },
  });
});

test('many sessions: each update is stored once, in the order of its session', async () => {
  const world = openSpoolWorld();
  const { service, idle } = world.start();
  world.leave();
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (let turn = 1; turn <= 4; turn++)
    await Promise.all(
      names.map((sessionId) =>
        world.persist(service, { sessionId, ...variable(`v${turn}`, turn) }),
      ),
    );
  world.comeBack();
  expect(await idle()).toEqual(Array(28).fill('stored'));
  for (const sessionId of names) {
    const stored = await world.store.read(sessionId);
    expect(stored?.revision).toBe(4);
    const received = stored?.frames.map(({ bytes }) => keysIn(bytes, sessionId));
    expect(received, sessionId).toEqual([['v1'], ['v2'], ['v3'], ['v4']]);
  }
});

function keysIn(frame: Uint8Array, sessionId: string) {
  return readFrame(frame, sessionId).state?.updates.flatMap(({ variables }) =>
    variables.map(({ key }) => key),
  );
}

test('an attempt that had reached the store: the replay finds it known', async () => {
  const world = openSpoolWorld();
  const { service, idle } = world.start();
  const { append } = world.store;
  world.store.append = async (update, limits) => {
    await append(update, limits);
    throw new StoreUnavailable('append', { reason: 'the answer was lost' });
  };
  expect(await world.persist(service)).toMatchObject({ durability: 'spooled' });
  world.store.append = append;
  expect(await idle()).toEqual(['known']);
  expect((await world.store.read('s'))?.revision).toBe(1);
});

test('a process that is killed: the next one replays what it left, in order', async () => {
  const world = openSpoolWorld();
  const first = world.start();
  world.leave();
  for (const value of [1, 2, 3]) await world.persist(first.service, variable('a', value));
  await first.crash();
  world.advance(30_000);
  const second = world.start({ rows: first.spool.rows });
  world.comeBack();
  expect(await second.idle()).toEqual(['stored', 'stored', 'stored']);
  expect(await world.restore(second.service)).toMatchObject({ ...variable('a', 3), revision: 3 });
});

test('a row that was replayed and is found again changes nothing', async () => {
  const world = openSpoolWorld();
  const first = world.start();
  world.leave();
  await world.persist(first.service, { ...variable('a', 1), userId: 'u' });
  const rows = [...first.spool.rows];
  world.comeBack();
  await first.idle();
  await first.crash();
  const second = world.start({ rows });
  expect(await second.idle()).toEqual(['stored', 'known']);
  expect((await world.store.read('s'))?.revision).toBe(1);
});

test.each([
  ['a token', { lockToken: 'A'.repeat(22) }],
  ['an etag', { ifMatch: 'a'.repeat(20) }],
  ['the precondition that there is a session', { ifMatch: '*' }],
  ['the precondition that there is none', { ifMatch: 'none' }],
])('an update with %s is never spooled', async (_, condition) => {
  const world = openSpoolWorld();
  const { service, spool } = world.start();
  world.leave();
  await expect(world.persist(service, condition)).rejects.toMatchObject({
    reason: expect.stringMatching(/^(unavailable|outcome_unknown)$/),
  });
  expect(spool.rows.size).toBe(0);
});

test('an erase is never spooled', async () => {
  const world = openSpoolWorld();
  const { service, spool } = world.start();
  world.leave();
  await expect(world.erase(service)).rejects.toEqual(refusal('unavailable'));
  await expect(world.eraseUser(service, 'u')).rejects.toEqual(refusal('unavailable'));
  expect(spool.rows.size).toBe(0);
});

test('what is refused is refused: too large alone, a lock that somebody holds', async () => {
  const world = openSpoolWorld({ settings: { sessionMaxBytes: 2000, lockWaitMs: 100 } });
  const { service, spool } = world.start();
  world.leave();
  await expect(world.persist(service, variable('a', 'x'.repeat(2000)))).rejects.toEqual(
    refusal('too_large'),
  );
  world.comeBack();
  await world.lock(service);
  // The wait for the lock is longer than the one for a store that does not answer.
  await expect(world.persist(service)).rejects.toEqual(refusal('locked'));
  expect(spool.rows.size).toBe(0);
});

test('a store that refuses for a lasting reason: spooled at once', async () => {
  const world = openSpoolWorld();
  const { service, idle } = world.start({ spoolAfterMs: 60_000 });
  const { append } = world.store;
  const refused = { kind: 'memory_full', isLasting: true, text: 'OOM' } as const;
  world.store.append = async () => {
    throw new StoreUnavailable('append', { reason: 'OOM', refusal: refused });
  };
  expect(await world.persist(service)).toMatchObject({ durability: 'spooled' });
  world.store.append = append;
  expect(await idle()).toEqual(['stored']);
});

test.each([
  ['full', 'the spool has no room'],
  ['failed', 'whether the spool keeps it is unknown'],
  ['hangs', 'whether the spool keeps it is unknown'],
] as const)('a spool that is %s: refused, and said so', async (next, message) => {
  const world = openSpoolWorld();
  const { service, spool } = world.start();
  spool.next = next;
  world.leave();
  await expect(world.persist(service)).rejects.toMatchObject({
    ...{ reason: 'unavailable', message: expect.stringContaining(message) },
  });
});

test('a caller that waits less is answered in time, and one that is gone gets nothing kept', async () => {
  const world = openSpoolWorld();
  const { service, spool } = world.start({ spoolAfterMs: 200 });
  world.leave();
  const soon = world.receipt();
  const waiting = { ...soon, endsAtMonotonicMs: soon.monotonicMs + 150 };
  const kept = await service.persist({ ...commandOf(), receipt: waiting });
  expect(kept.durability).toBe('spooled');
  expect(world.receipt().monotonicMs).toBeLessThan(waiting.endsAtMonotonicMs);
  const late = world.receipt();
  const gone = { ...late, endsAtMonotonicMs: late.monotonicMs - 1 };
  await expect(service.persist({ ...commandOf(), receipt: gone })).rejects.toEqual(
    refusal('unavailable'),
  );
  expect(spool.rows.size).toBe(1);
});

test('a replay that meets a lock waits for it', async () => {
  const world = openSpoolWorld();
  const { service, spool, idle } = world.start();
  world.leave();
  await world.persist(service, variable('a', 1));
  world.comeBack();
  const { token } = await world.lock(service);
  world.calls.length = 0;
  await untilCalled(world, 'append', 2);
  expect(spool.rows.size).toBe(1);
  await world.unlock(service, token);
  expect(await idle()).toEqual(['stored']);
});

test('a replay is never refused for its size; a session of twice the limit is folded first', async () => {
  const sessionMaxBytes = 3000;
  const world = openSpoolWorld({ settings: { sessionMaxBytes } });
  const { service, idle } = world.start();
  world.leave();
  for (let turn = 0; turn < 12; turn++)
    await world.persist(service, variable('a', `${turn}`.padEnd(1200, 'x')));
  world.comeBack();
  let sizeBytes = 0;
  const met: number[] = [];
  const { append, compact } = world.store;
  world.store.append = async (update, limits) => {
    met.push(sizeBytes);
    const result = await append(update, limits);
    if (result.status === 'stored') sizeBytes = result.snapshotBytes + result.deltaBytes;
    return result;
  };
  world.store.compact = async (compaction, limits) => {
    // Long enough for the next replay, if it did not wait.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const result = await compact(compaction, limits);
    sizeBytes = 0;
    return result;
  };
  expect(await idle()).toEqual(Array(12).fill('stored'));
  expect(Math.max(...met)).toBeGreaterThan(sessionMaxBytes);
  expect(Math.max(...met)).toBeLessThanOrEqual(2 * sessionMaxBytes);
});

test('an update that too few replicas have confirmed is spooled as well, never said to be safer', async () => {
  const world = openSpoolWorld();
  const { service, spool, idle } = world.start({ requiredDurability: 'replicated' });
  const kept = await world.persist(service, { ...variable('a', 1), userId: 'u' });
  expect(kept).toMatchObject({ status: 'accepted', revision: 1, durability: 'spooled' });
  spool.next = 'full';
  const refused = await world.persist(service, variable('b', 1));
  expect(refused).toMatchObject({ status: 'accepted', revision: 2, durability: 'stored' });
  const { append, index } = world.store;
  world.store.append = async (update, limits) => {
    const result = await append(update, limits);
    return 'durability' in result ? { ...result, durability: 'replicated' } : result;
  };
  await untilCalled(world, 'append', 3);
  // Its note must be confirmed, too.
  expect(spool.rows.size).toBe(1);
  world.store.index = async (entry, limits) => ({
    ...(await index(entry, limits)),
    durability: 'replicated',
  });
  expect(await idle()).toEqual(['known']);
});

test('a store that keeps an update less safely than it must keeps its row waiting', async () => {
  const world = openSpoolWorld();
  const { service, spool, idle } = world.start({ requiredDurability: 'replicated' });
  world.leave();
  await world.persist(service, variable('a', 1));
  world.comeBack();
  const { append } = world.store;
  world.calls.length = 0;
  await untilCalled(world, 'append', 2);
  expect(spool.rows.size).toBe(1);
  world.store.append = async (update, limits) => {
    const result = await append(update, limits);
    return 'durability' in result ? { ...result, durability: 'replicated' } : result;
  };
  expect(await idle()).toEqual(['known']);
});
