// How a store on Redis learns that a session has changed, and what that costs.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { KeyLook } from '../../../../src/store/key-follower.ts';
import type { RedisStoreOptions } from '../../../../src/store/redis/redis-store.ts';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { appendOf, keys, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { commandsRun } from '../../../support/sent-commands.ts';
import { until } from '../../../support/until.ts';

const COMMANDS = [
  ...['eval', 'evalsha', 'time', 'type', 'rename', 'pexpireat', 'pexpiretime'],
  ...['hget', 'hmget', 'hgetall', 'hkeys', 'hset', 'hdel'],
  ...['zadd', 'zcard', 'zmscore', 'zrange', 'zrem'],
];
const PASSWORD = 'of-the-user';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server?.stop());

async function openOwn(options: Partial<RedisStoreOptions> = {}): Promise<SessionStore> {
  const store = await openStore(standaloneTarget(server), options);
  onTestFinished(() => store.close());
  return store;
}

/** Follows a session until the test ends. */
function follow(store: SessionStore, sessionId: string) {
  const looks: KeyLook[] = [];
  let changes = 0;
  const stop = store.watch(sessionId, {
    changed: () => void changes++,
    looked: (how) => void looks.push(how),
  });
  onTestFinished(stop);
  return {
    changes: () => changes,
    count: (how: KeyLook) => looks.filter((one) => one === how).length,
    untilChanged: (before: number) =>
      until('a change', () => (changes > before ? true : undefined)),
    untilLooked: (how: KeyLook, count = 1) =>
      until(`${count} looks ${how}`, () =>
        looks.filter((one) => one === how).length >= count ? true : undefined,
      ),
  };
}

/** Follows a session whose changes the server reports by now. */
async function followTracked(store: SessionStore, sessionId: string) {
  const followed = follow(store, sessionId);
  await until('a report', async () => {
    const before = followed.changes();
    await store.append(appendOf({ sessionId }));
    await followed.untilChanged(before);
    return followed.count('pushed') > 0 ? true : undefined;
  });
  return followed;
}

test('a change is reported at once, and without changes there is a look each two seconds', async () => {
  const store = await openOwn();
  const sessionId = randomUUID();
  const followed = await followTracked(store, sessionId);
  await followed.untilLooked('checked');
  const [polled, startedMs] = [followed.count('polled'), performance.now()];
  await followed.untilLooked('checked', followed.count('checked') + 1);
  expect(performance.now() - startedMs).toBeGreaterThan(1000);
  const { sent } = await commandsRun([server], {
    keys: [keys.session(sessionId)],
    async work() {
      const before = followed.changes();
      await store.append(appendOf({ sessionId }));
      await followed.untilChanged(before);
    },
  });
  // The update, and one look after it: the session itself is read by those who follow it.
  expect(sent.filter((command) => command !== 'hmget')).toEqual(['evalsha']);
  expect(sent.filter((command) => command === 'hmget').length).toBeLessThanOrEqual(2);
  expect(followed.count('polled')).toBe(polled);
});

test('an update of a session that nobody watches runs the same commands as ever', async () => {
  const store = await openOwn();
  const [watched, other] = [randomUUID(), randomUUID()];
  await followTracked(store, watched);
  await store.append(appendOf({ sessionId: other }));
  const { sent, byScripts } = await commandsRun([server], {
    keys: [keys.session(other)],
    work: () => store.append(appendOf({ sessionId: other })),
  });
  expect([sent, byScripts]).toEqual([['evalsha'], ['hmget', 'hset', 'pexpireat']]);
});

test.each([
  ['with the right to track', ['client|tracking'], 'pushed', 0],
  ['without it', [], 'polled', 1],
] as const)(
  'a user %s, and without channels, learns of changes',
  async (_what, more, how, told) => {
    const rules = [...COMMANDS, ...more].map((command) => `+${command}`);
    const username = `user-${more.length}`;
    await server.client.call('ACL', [
      ...['SETUSER', username, 'reset', 'resetchannels', 'on', `>${PASSWORD}`, '~cgs:*', ...rules],
    ]);
    const reasons: string[] = [];
    const store = await openOwn({
      ...{ username, password: () => PASSWORD },
      onWatchPolled: ({ reason }) => reasons.push(reason),
    });
    const sessionId = randomUUID();
    const followed = follow(store, sessionId);
    await followed.untilLooked('polled');
    for (let turn = 0; turn < 5; turn++) {
      const before = followed.changes();
      expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'stored' });
      await followed.untilChanged(before);
    }
    await followed.untilLooked(how, 2);
    expect(followed.count('pushed') > 0).toBe(how === 'pushed');
    expect(reasons).toHaveLength(told);
    expect(reasons.join()).toMatch(told === 0 ? /^$/ : /NOPERM/);
  },
);

test('a connection that is cut costs no change, and is made again', async () => {
  const store = await openOwn();
  const other = await openOwn();
  const sessionId = randomUUID();
  const followed = await followTracked(store, sessionId);
  for (let turn = 0; turn < 3; turn++) {
    await server.client.call('CLIENT', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    const before = followed.changes();
    await until('an update', () => other.append(appendOf({ sessionId })).catch(() => undefined));
    expect(await followed.untilChanged(before)).toBe(true);
  }
  await until('a report', async () => {
    const [before, pushed] = [followed.changes(), followed.count('pushed')];
    await other.append(appendOf({ sessionId }));
    await followed.untilChanged(before);
    return followed.count('pushed') > pushed ? true : undefined;
  });
});

test('keys that vanish at once are all reported', async () => {
  const store = await openOwn();
  const followed = await Promise.all([1, 2].map(() => followTracked(store, randomUUID())));
  const before = followed.map(({ changes }) => changes());
  await server.client.flushall();
  for (const [place, one] of followed.entries())
    expect(await one.untilChanged(before[place] ?? 0)).toBe(true);
});

test('a value of another kind under the key is no failure', async () => {
  const store = await openOwn();
  const sessionId = randomUUID();
  const followed = await followTracked(store, sessionId);
  const before = followed.changes();
  await server.client.set(keys.session(sessionId), 'foreign');
  await followed.untilChanged(before);
  await server.client.del(keys.session(sessionId));
  await followTracked(store, sessionId);
  expect(followed.count('failed')).toBe(0);
});
