// What a user's index is asked for: nothing, for most updates; and what becomes of a note that
// fails.

import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

const HOUR_MS = 3_600_000;
const TTL_MS = 24 * HOUR_MS;

let scratch: Scratch;
let calls: string[];
let isDown: boolean;
beforeEach(() => {
  scratch = openScratch();
  calls = [];
  isDown = false;
});

/** A service that lists what it asks of the store apart from appends. */
function open(): Service {
  const { store } = scratch;
  return scratch.open({
    settings: { sessionTtlMs: TTL_MS },
    faults: {
      read(sessionId) {
        calls.push('read');
        return store.read(sessionId);
      },
      async index(entry, limits) {
        calls.push('index');
        if (isDown) throw new StoreUnavailable('index', { reason: 'its shard is down' });
        return store.index(entry, limits);
      },
    },
  });
}

/** As a version leaves the session that does not know of notes. */
function forgetNote(): void {
  const file = new DatabaseSync(scratch.path);
  file.exec('UPDATE sessions SET noted = NULL');
  file.close();
}

async function foundByUser(userId: string) {
  const query = { receipt: scratch.receipt(), sessionId: '', userId, revision: 0 };
  return (await open().restore(query))?.sessionId;
}

/** A time of an event, in minutes. */
function at(minute: number): { timestamp: string } {
  return { timestamp: new Date(1.7e12 + minute * 60_000).toISOString() };
}

test.each([1, 2])(
  'a conversation costs one note in each of %d sidecars that meet it unconfirmed',
  async (count) => {
    const sidecars = Array.from({ length: count }, open);
    for (let turn = 0; turn < 20; turn++) {
      const sidecar = sidecars[turn % count] as Service;
      await scratch.persist(sidecar, { userId: 'u', ...variable('turn', turn) });
      scratch.advance(20_000);
    }
    expect(calls).toEqual(Array.from({ length: count }, () => 'index'));
  },
);

test('updates that come at once cost a note each at most, and none after them', async () => {
  const sidecars = [open(), open()];
  const updates = Array.from({ length: 10 }, (_, turn) =>
    scratch.persist(sidecars[turn % 2] as Service, { userId: 'u', ...variable('turn', turn) }),
  );
  await Promise.all(updates);
  expect(calls.length).toBeLessThanOrEqual(10);
  for (const sidecar of sidecars) await scratch.persist(sidecar);
  calls = [];
  for (const sidecar of sidecars) await scratch.persist(sidecar);
  expect(calls).toEqual([]);
});

/** A service that dies when its first note is due; `died` resolves then. */
function openDying() {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const index = () => {
    resolve();
    return new Promise<never>(() => {});
  };
  const settings = { sessionTtlMs: TTL_MS };
  return { dying: scratch.open({ settings, faults: { index } }), died };
}

test('a session whose sidecar died before its note is found once it has another update', async () => {
  const { dying, died } = openDying();
  scratch.persist(dying, { userId: 'u', updateId: 'first' });
  await died;
  const acknowledged = await scratch.persist(open(), { userId: 'u', updateId: 'second' });
  expect(acknowledged).toMatchObject({ status: 'accepted', revision: 2 });
  expect(await foundByUser('u')).toBe('s');
  expect(await scratch.eraseUser(open(), 'u')).toMatchObject({ erased: 1, remaining: 0 });
});

test('one whose sidecar died before a later note is, too, by the user who was named then', async () => {
  const first = open();
  await scratch.persist(first, { userId: 'u', ...at(0) });
  await scratch.persist(first, at(1));
  const { dying, died } = openDying();
  scratch.persist(dying, { userId: 'v', ...at(2) });
  await died;
  await scratch.persist(first, at(3));
  expect(await foundByUser('v')).toBe('s');
  expect(await scratch.eraseUser(open(), 'v')).toMatchObject({ erased: 1, remaining: 0 });
});

test('a session is found by its user days after the last update that named the user, without reads', async () => {
  const sidecar = open();
  await scratch.persist(sidecar, { userId: 'u' });
  for (let hour = 3; hour < 72; hour += 3) {
    scratch.advance(3 * HOUR_MS);
    await scratch.persist(sidecar, variable('hour', hour));
  }
  expect(calls).toEqual(Array.from({ length: 24 }, () => 'index'));
  expect(await foundByUser('u')).toBe('s');
});

test('a session of nobody is noted nowhere, and never read for that', async () => {
  for (let hour = 0; hour < 5; hour++) {
    await scratch.persist(open(), variable('hour', hour));
    scratch.advance(HOUR_MS);
  }
  expect(calls).toEqual([]);
});

test('a session whose note has failed is noted with its next update, through another sidecar', async () => {
  isDown = true;
  await scratch.persist(open(), { userId: 'u' });
  expect(calls[0]).toBe('index');
  // The first sidecar gives up.
  scratch.advance(5000);
  isDown = false;
  await scratch.persist(open(), variable('next', true));
  expect(await foundByUser('u')).toBe('s');
});

test('an entry that a failover has lost is written again ten minutes later', async () => {
  const sidecar = open();
  await scratch.persist(sidecar, { userId: 'u' });
  await scratch.store.unindex({ userId: 'u', sessionIds: ['s'] });
  scratch.advance(600_000 - 5000);
  await scratch.persist(sidecar, variable('early', true));
  expect(await scratch.indexed('u')).toEqual([]);
  scratch.advance(5000);
  await scratch.persist(sidecar, variable('due', true));
  expect(await scratch.indexed('u')).toEqual(['s']);
});

test('a session that an older version has begun is read once for its user', async () => {
  await scratch.persist(open(), { userId: 'u' });
  await scratch.store.unindex({ userId: 'u', sessionIds: ['s'] });
  forgetNote();
  calls = [];
  const sidecar = open();
  for (let turn = 0; turn < 3; turn++) await scratch.persist(sidecar, variable('turn', turn));
  expect(calls).toEqual(['read', 'index']);
  expect(await foundByUser('u')).toBe('s');
});

test('a session that a late update names another user of is still that of the user named last', async () => {
  await scratch.persist(open(), { sessionId: 'older', userId: 'u', ...at(0) });
  await scratch.persist(open(), { userId: 'u', ...at(1) });
  await scratch.persist(open(), { userId: 'v', ...at(5) });
  await scratch.persist(open(), { userId: 'u', ...at(2) });
  expect([await foundByUser('u'), await foundByUser('v')]).toEqual(['older', 's']);
});

test('the newest session of a user is found, though another one was noted with a later event', async () => {
  const sidecar = open();
  await scratch.persist(sidecar, { sessionId: 'a', userId: 'u', ...at(0) });
  await scratch.persist(sidecar, { sessionId: 'b', userId: 'u', ...at(4) });
  await scratch.persist(sidecar, { sessionId: 'a', userId: 'u', ...at(8) });
  expect(await scratch.indexed('u')).toEqual(['b', 'a']);
  expect(await foundByUser('u')).toBe('a');
});
