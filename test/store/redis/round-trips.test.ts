import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { appendOf, openStore, standaloneTarget } from '../../support/redis-store.ts';

let server: RedisServer;
let store: SessionStore;

beforeAll(async () => {
  server = await startRedisServer();
  store = await openStore(standaloneTarget(server));
  const append = appendOf();
  await store.append(append);
  await store.index({ userId: 'user', eventMs: 1, ...append });
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** How often each command ran during `work`: those that were sent, and those that the scripts ran. */
async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  await server.client.config('RESETSTAT');
  await work();
  const lines = (await server.client.info('commandstats')).matchAll(/^cmdstat_(\S+):calls=(\d+)/gm);
  const counts = Object.fromEntries([...lines].map(([, name, calls]) => [name, Number(calls)]));
  const { 'config|resetstat': _, info: __, ...rest } = counts;
  return rest;
}

it('append() is one round trip, whether it creates or continues a session', async () => {
  const { sessionId } = appendOf();
  const commands = await commandsOf(async () => {
    for (let turn = 0; turn < 10; turn++) await store.append(appendOf({ sessionId }));
  });
  expect(commands).toEqual({ evalsha: 10, time: 10, type: 10, hmget: 9, hset: 10, pexpireat: 10 });
});

it('read() is one round trip, whether there is a session or none', async () => {
  const append = appendOf();
  await store.append(append);
  const commands = await commandsOf(async () => {
    await store.read(append.sessionId);
    await store.read('nobody');
  });
  expect(commands).toEqual({ evalsha: 2, time: 2, type: 2, hgetall: 1 });
});

it('index() and userSessions() are one round trip each', async () => {
  const commands = await commandsOf(async () => {
    await store.index({ userId: 'user', eventMs: 2, ...appendOf() });
    await store.userSessions('user', { offset: 0, limit: 10 });
  });
  expect(commands).toMatchObject({ evalsha: 1, zrange: 3 });
  expect(Object.keys(commands).sort()).toEqual(['evalsha', 'pexpireat', 'time', 'type', 'zadd', 'zrange']);
});

it('a server that lost its scripts costs one round trip more, once per script', async () => {
  await server.client.script('FLUSH');
  const commands = await commandsOf(async () => {
    for (let turn = 0; turn < 3; turn++) await store.append(appendOf());
  });
  expect(commands).toMatchObject({ evalsha: 3, eval: 1, hset: 3 });
});

it('a write that is sent again because the script was lost carries its age at that instant', async () => {
  let nowMs = 0;
  // Each look at the clock is a second later than the one before.
  const nowMonotonicMs = () => (nowMs += 1000);
  const ticking = await openStore(standaloneTarget(server), { nowMonotonicMs });
  await server.client.script('FLUSH');
  nowMs = 0;
  const append = appendOf({ receivedAtMonotonicMs: 0 });
  await ticking.append(append);
  const session = await ticking.read(append.sessionId);
  expect((session?.nowMs ?? 0) - (session?.createdAtMs ?? 0)).toBeGreaterThanOrEqual(2000);
  await ticking.close();
});
