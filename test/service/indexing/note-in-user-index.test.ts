// What a user's index is asked for: nothing, for most updates; and what becomes of a note that
// fails.

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
      unnote(sessionId, limits) {
        calls.push('unnote');
        return store.unnote(sessionId, limits);
      },
    },
  });
}

async function foundByUser(userId: string) {
  const query = { receipt: scratch.receipt(), sessionId: '', userId, revision: 0 };
  return (await open().restore(query))?.sessionId;
}

/** A time of an event, in minutes. */
function at(minute: number): { timestamp: string } {
  return { timestamp: new Date(1.7e12 + minute * 60_000).toISOString() };
}

test('a conversation costs one note, through whichever sidecars it comes', async () => {
  const sidecars = [open(), open()];
  for (let turn = 0; turn < 20; turn++) {
    const sidecar = sidecars[turn % 2] as Service;
    await scratch.persist(sidecar, { userId: 'u', ...variable('turn', turn) });
    scratch.advance(20_000);
  }
  expect(calls).toEqual(['index']);
});

test('a session is found by its user days after the last update that named the user, without reads', async () => {
  await scratch.persist(open(), { userId: 'u' });
  for (let hour = 3; hour < 72; hour += 3) {
    scratch.advance(3 * HOUR_MS);
    await scratch.persist(open(), variable('hour', hour));
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
  expect(calls.slice(0, 2)).toEqual(['index', 'unnote']);
  // The first sidecar gives up.
  scratch.advance(5000);
  isDown = false;
  await scratch.persist(open(), variable('next', true));
  expect(await foundByUser('u')).toBe('s');
});

test('an entry that a failover has lost is written again ten minutes later', async () => {
  await scratch.persist(open(), { userId: 'u' });
  await scratch.store.unindex({ userId: 'u', sessionIds: ['s'] });
  scratch.advance(600_000 - 5000);
  await scratch.persist(open(), variable('early', true));
  expect(await scratch.indexed('u')).toEqual([]);
  scratch.advance(5000);
  await scratch.persist(open(), variable('due', true));
  expect(await scratch.indexed('u')).toEqual(['s']);
});

test('a session that an older version has begun is read once for its user', async () => {
  await scratch.persist(open(), { userId: 'u' });
  await scratch.store.unindex({ userId: 'u', sessionIds: ['s'] });
  await scratch.store.unnote('s');
  calls = [];
  for (let turn = 0; turn < 3; turn++) await scratch.persist(open(), variable('turn', turn));
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
  await scratch.persist(open(), { sessionId: 'a', userId: 'u', ...at(0) });
  await scratch.persist(open(), { sessionId: 'b', userId: 'u', ...at(4) });
  await scratch.persist(open(), { sessionId: 'a', userId: 'u', ...at(8) });
  expect(await scratch.indexed('u')).toEqual(['b', 'a']);
  expect(await foundByUser('u')).toBe('a');
});
