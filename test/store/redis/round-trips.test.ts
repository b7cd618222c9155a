import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { appendOf, keys, openStore, standaloneTarget } from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';

let server: RedisServer;
let store: SessionStore;

beforeAll(async () => {
  server = await startRedisServer();
  const checked = Promise.withResolvers<void>();
  store = await openStore(standaloneTarget(server), { onServersChecked: () => checked.resolve() });
  // What a new connection is asked once would be counted among the commands of a test.
  await checked.promise;
  const append = appendOf();
  await store.append(append);
  await store.index({ ...append, userId: 'user', eventMs: 1 });
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** How often each command ran during `work`: those that were sent, and those that the scripts
 * ran. */
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
    const given = (turn: number) => ({ sessionId, ttlMs: 60_000 * (turn + 1) });
    for (let turn = 0; turn < 10; turn++) await store.append(appendOf(given(turn)));
  });
  // The type and the expiry of the key are asked only where there is no session yet.
  const rest = { time: 10, type: 1, hmget: 10, hset: 10, pexpiretime: 1, pexpireat: 10 };
  expect(commands).toEqual({ evalsha: 10, ...rest });
});

it('an append that is refused under a lock is one round trip', async () => {
  const { sessionId } = appendOf();
  await store.append(appendOf({ sessionId }));
  await store.lock({ sessionId, token: 'a-token-of-22-letters-', ttlMs: 60_000, renew: false });
  const commands = await commandsOf(async () => {
    expect((await store.append(appendOf({ sessionId }))).status).toBe('locked');
  });
  expect(commands).toEqual({ evalsha: 1, time: 1, hmget: 1 });
});

it.each(['read', 'inspect'] as const)(
  '%s() is one round trip, whether there is a session or none',
  async (call) => {
    const append = appendOf();
    await store.append(append);
    const commands = await commandsOf(async () => {
      await store[call](append.sessionId);
      await store[call]('nobody');
    });
    expect(commands).toEqual({ evalsha: 2, time: 2, type: 2, hgetall: 1 });
  },
);

it('touch() is one round trip, and sets the expiry of the key with the session', async () => {
  const { sessionId } = appendOf();
  await store.append(appendOf({ sessionId }));
  const touch = (ttlMs: number) =>
    store.touch({ sessionId, receivedAtMonotonicMs: performance.now(), ttlMs, flowId: undefined });
  await touch(1000);
  const commands = await commandsOf(async () => {
    for (const days of [2, 3, 4]) await touch(days * 86_400_000);
  });
  const { hset = 0, ...others } = commands;
  expect(others).toEqual({ evalsha: 3, time: 3, hmget: 3, pexpireat: 3 });
  expect(hset).toBeGreaterThanOrEqual(3);
  const key = keys.session(sessionId);
  const [expiresAt] = await server.client.hmget(key, 'expires_at');
  expect(String(await server.client.pexpiretime(key))).toBe(expiresAt);
});

it('lock(), unlock(), quarantine(), erase(), unindex() and eraseUser() are one round trip each', async () => {
  const { sessionId, updateId, ...append } = appendOf();
  await store.append({ sessionId, updateId, ...append });
  const [frame] = (await store.read(sessionId))?.frames ?? [];
  const value = frame?.value ?? Buffer.alloc(0);
  const lock = { sessionId, token: 'a-token-of-22-letters-', ttlMs: 60_000 };
  const erasure = { tombstoneTtlMs: 60_000, ifMatch: '' };
  // The first call of a script may find it not loaded yet.
  const useAll = async () => {
    await store.lock({ ...lock, renew: false });
    await store.lock({ ...lock, renew: true });
    await store.unlock(lock);
    const moves = [{ move: 'quarantine' as const, name: updateId, value }];
    await store.quarantine({ sessionId, moves, ttlMs: 60_000, quarantineMaxBytes: 1000 });
    await store.erase({ sessionId, eraseId: 'the-erase-of-22-letter', ...erasure });
    await store.unindex({ userId: 'user', sessionIds: [sessionId] });
    await store.eraseUser({ userId: 'another user', ...erasure });
  };
  await useAll();
  const commands = await commandsOf(useAll);
  expect(commands.evalsha).toBe(7);
  expect(commands.eval).toBeUndefined();
});

it('index() and userSessions() are one round trip each', async () => {
  const commands = await commandsOf(async () => {
    await store.index({ ...appendOf(), userId: 'user', eventMs: 2 });
    await store.userSessions('user', { offset: 0, limit: 10 });
  });
  expect(commands).toMatchObject({ evalsha: 1, zrange: 3 });
  expect(Object.keys(commands).sort()).toEqual([
    ...['evalsha', 'pexpireat', 'time', 'type', 'zadd', 'zmscore', 'zrange'],
  ]);
});

it('a server that lost its scripts costs one round trip more, once per script', async () => {
  await server.client.script('FLUSH');
  const commands = await commandsOf(async () => {
    for (let turn = 0; turn < 3; turn++) await store.append(appendOf());
  });
  expect(commands).toMatchObject({ evalsha: 3, eval: 1, hset: 3 });
});

it('a write that is sent again because the script was lost says anew when it was sent', async () => {
  await server.client.script('FLUSH');
  const monitor = await server.client.monitor();
  const sent: string[][] = [];
  monitor.on('monitor', (_time: string, command: string[]) => sent.push(command));
  const append = appendOf();
  await store.append(append);
  await until('both commands', async () =>
    sent.some(([name]) => name === 'eval') && sent.some(([name]) => name === 'evalsha')
      ? true
      : undefined,
  );
  monitor.disconnect();
  // After the command, its script, the number of keys and the key.
  const timesOf = (name: string) =>
    (sent.find(([command]) => command === name) ?? [])[4]?.split(' ').map(Number) ?? [];
  const [notBefore = 0, , moment = 0, age] = timesOf('evalsha');
  const [notBeforeAgain = 0, , momentAgain = 0, ageAgain] = timesOf('eval');
  expect(notBeforeAgain).toBeGreaterThan(notBefore);
  expect(ageAgain).toBeGreaterThan(Number(age));
  // It is said by how much later it is.
  expect(notBeforeAgain + momentAgain).toBe(notBefore + moment);
});
