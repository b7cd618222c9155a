// What a sidecar still has in its spool is part of what it restores, under the rules of the replay;
// and a read that does not see the store is refused, never answered with less.

import { expect, test } from 'vitest';
import { readFrame } from '../../../src/session/frame.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import { variable } from '../scratch-services.ts';
import { DOUBT_MS, HOUR_MS, openSpoolWorld } from './spool-world.ts';

useClockOfTimers();

const HELD = { settings: { sessionTtlMs: 48 * HOUR_MS } };
const refused = expect.objectContaining({ name: 'Refusal', reason: 'unavailable' });

/** A sidecar that has spooled an update, and reads a store that takes no updates yet. */
async function readingOnly(...updates: object[]) {
  const world = openSpoolWorld(HELD);
  const sidecar = world.start();
  const other = world.open(HELD);
  await world.persist(other, { userId: 'u', ...variable('stored', 0) });
  world.leave();
  for (const update of updates) await world.persist(sidecar.service, update);
  world.comeBack();
  for (const name of ['append', 'index']) world.away.add(name);
  return { world, ...sidecar, other };
}

test('spooled updates are merged into what is stored, counted, and gone from the count later', async () => {
  const { world, service, other, idle } = await readingOnly(variable('a', 1), variable('a', 2));
  const restored = await world.restore(service);
  expect(restored).toMatchObject({
    ...{ revision: 1, userId: 'u', outcome: 'intact', spooledUpdates: 2 },
    variables: [...variable('a', 2).variables, ...variable('stored', 0).variables],
  });
  expect(await world.inspect(service)).toMatchObject({
    state: { ...restored, ttlMs: expect.any(Number) },
    frames: [{ revision: 1 }],
  });
  // Another sidecar does not know of them.
  expect(await world.restore(other)).toMatchObject({ spooledUpdates: 0 });
  world.comeBack();
  await idle();
  expect(await world.restore(service)).toMatchObject({ revision: 3, spooledUpdates: 0 });
});

test('a session of which the store has nothing is restored from the spool, by its user too', async () => {
  const update = { sessionId: 'new', userId: 'v', ...variable('a', 1) };
  const { world, service, other } = await readingOnly(update);
  const by = (given: object) =>
    service.restore({ receipt: world.receipt(), sessionId: '', userId: '', revision: 0, ...given });
  const expected = {
    sessionId: 'new',
    revision: 0,
    etag: '',
    outcome: 'intact',
    spooledUpdates: 1,
  };
  expect(await by({ sessionId: 'new' })).toMatchObject({ ...expected, ...variable('a', 1) });
  expect(await by({ userId: 'v' })).toMatchObject(expected);
  expect((await by({ sessionId: 'new' }))?.ttlMs).toBeGreaterThan(47 * HOUR_MS);
  const { sessions } = await service.inspectUser({ receipt: world.receipt(), userId: 'v' });
  expect(sessions).toMatchObject([{ sessionId: 'new' }]);
  const seen = { receipt: world.receipt(), sessionId: 'new', userId: '', revision: 0 };
  expect(await other.restore(seen)).toBeUndefined();
});

test('the newest session of a user is found, whether it is stored or spooled', async () => {
  const { world, service } = await readingOnly({ sessionId: 'new', userId: 'u' });
  const byUser = { receipt: world.receipt(), sessionId: '', userId: 'u', revision: 0 };
  expect(await service.restore(byUser)).toMatchObject({ sessionId: 'new' });
});

test('an earlier revision has nothing that is not stored', async () => {
  const { world, service } = await readingOnly(variable('a', 1));
  expect(await world.restore(service, 1)).toMatchObject({
    ...{ ...variable('stored', 0), spooledUpdates: 0 },
  });
});

test('what was spooled before an erase is not shown, what was spooled after it is', async () => {
  const { world, service, other } = await readingOnly(variable('a', 1));
  await world.erase(other);
  expect(await world.restore(service)).toBeUndefined();
  expect(await world.inspect(service)).toBeUndefined();
  world.advance(DOUBT_MS);
  await world.persist(service, variable('b', 2));
  expect(await world.restore(service)).toMatchObject({ ...variable('b', 2), spooledUpdates: 1 });
});

test('what was spooled before its user was erased is not shown, though no index knew of it', async () => {
  const updates = [
    { sessionId: 'new', userId: 'v' },
    { sessionId: 'new', ...variable('b', 2) },
  ];
  const { world, service, other } = await readingOnly(...updates);
  await world.eraseUser(other, 'v');
  const query = { receipt: world.receipt(), sessionId: 'new', userId: '', revision: 0 };
  expect(await service.restore(query)).toBeUndefined();
});

test.each([
  ['what has outlived its session', HOUR_MS, 2 * HOUR_MS],
  ['what is older than the spool keeps it', 48 * HOUR_MS, 23.1 * HOUR_MS],
])('%s is not shown', async (_, sessionTtlMs, laterMs) => {
  const world = openSpoolWorld({ settings: { sessionTtlMs } });
  const { service } = world.start();
  world.leave();
  await world.persist(service, { ...variable('a', 1), userId: 'u' });
  world.comeBack();
  for (const name of ['append', 'index']) world.away.add(name);
  expect(await world.restore(service)).toMatchObject({ spooledUpdates: 1 });
  world.advance(laterMs);
  expect(await world.restore(service)).toBeUndefined();
});

test('after a reboot an erase hides what was spooled, and without one it is shown', async () => {
  const { world, spool, crash, other } = await readingOnly(variable('a', 1), { sessionId: 'kept' });
  await world.erase(other);
  await crash();
  world.reboot();
  const { service } = world.start({ rows: spool.rows });
  expect(await world.restore(service)).toBeUndefined();
  const query = { receipt: world.receipt(), sessionId: 'kept', userId: '', revision: 0 };
  expect(await service.restore(query)).toMatchObject({ spooledUpdates: 1 });
});

test('a read that does not see the store is refused, whatever is in the spool', async () => {
  const { world, service } = await readingOnly({ userId: 'u', ...variable('a', 1) });
  for (const operations of [['read', 'inspect'], ['inspectUser']]) {
    world.comeBack();
    for (const name of [...operations, 'append']) world.away.add(name);
    await expect(world.restore(service)).rejects.toEqual(refused);
    await expect(world.inspect(service)).rejects.toEqual(refused);
  }
  world.comeBack();
  for (const name of ['userSessions', 'append']) world.away.add(name);
  const byUser = { receipt: world.receipt(), sessionId: '', userId: 'u', revision: 0 };
  await expect(service.restore(byUser)).rejects.toEqual(refused);
});

test('a write with an etag wins over what its sender has seen in the spool', async () => {
  const { world, service, idle } = await readingOnly({
    ...variable('count', 3),
    timestamp: new Date(Date.now() + 5000).toISOString(),
  });
  const seen = await world.restore(service);
  world.away.delete('append');
  world.away.delete('index');
  const next = { ...variable('count', 4), ifMatch: seen?.etag ?? '' };
  // It comes before the replay, or after it: then its etag is not that of the session any more.
  const written = await world.persist(service, next).catch((error) => error.reason);
  await idle();
  const { variables } = (await world.restore(service)) ?? {};
  const count = variables?.find(({ key }) => key === 'count')?.json;
  expect(count).toBe(written === 'conflict' ? '3' : '4');
});

test('a compaction never folds what is not stored', async () => {
  const { world, service } = await readingOnly(variable('a', 1));
  await world.restore(service);
  expect(await service.compactor.compact('s')).toBe('compacted');
  const { frames } = (await world.store.read('s')) ?? { frames: [] };
  const keys = frames.map(({ bytes }) =>
    readFrame(bytes, 's').state?.updates.flatMap(({ variables }) =>
      variables.map(({ key }) => key),
    ),
  );
  expect(keys).toEqual([['stored']]);
});
