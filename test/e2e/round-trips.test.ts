// What the service as a whole asks of Redis, by Redis' own count. Each request has a server to
// itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { post, type RunningApp, startTestApp } from '../support/running-app.ts';

/** Commands that only scripts run. */
const SCRIPTED = [
  ...['time', 'type', 'hgetall', 'hmget', 'hset', 'pexpireat', 'pexpiretime'],
  ...['zadd', 'zrem', 'zmscore'],
];
const NOT_FOR_A_REQUEST = ['ping', 'info', 'config|resetstat'];

let redis: RedisServer;
let app: RunningApp;

beforeAll(async () => {
  redis = await startRedisServer();
  app = await startTestApp({ STORE_URL: `redis://127.0.0.1:${redis.port}` });
  await update({ sessionId: 's-1', userId: 'u-1' });
  await restore({ sessionId: 's-1', userId: 'u-1' });
});
afterAll(async () => {
  await app?.stop();
  await redis?.stop();
});

const update = (body: object) => post(`${app.webhook}/webhook/cognigy/session`, body);
const restore = (body: object) => post(`${app.webhook}/webhook/cognigy/restore`, body);

/** What was sent to the server during `work`, without what the scripts ran and what was not for a
 * request. */
async function sentDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT');
  await work();
  const lines = (await redis.client.info('commandstats')).matchAll(/^cmdstat_(\S+):calls=(\d+)/gm);
  const counts = new Map([...lines].map(([, name = '', calls]) => [name, Number(calls)]));
  // A script runs commands of its own, ZRANGE among them only in the one that writes the index.
  const scripted = counts.has('zadd') ? ['zrange'] : [];
  const notSent = [...SCRIPTED, ...NOT_FOR_A_REQUEST, ...scripted];
  return Object.fromEntries([...counts].filter(([name]) => !notSent.includes(name)));
}

describe('round trips to Redis', () => {
  test('a persist is one', async () => {
    const work = () => update({ sessionId: 's-1', userId: 'u-1', variables: { a: 1 } });
    expect(await sentDuring(work)).toEqual({ evalsha: 1 });
  });

  test('a restore by session is one', async () => {
    expect(await sentDuring(() => restore({ sessionId: 's-1' }))).toEqual({ evalsha: 1 });
  });

  test('a restore by user is two: its index, its session', async () => {
    expect(await sentDuring(() => restore({ userId: 'u-1' }))).toEqual({ zrange: 1, evalsha: 1 });
  });

  test('the first sight of a user’s session costs one more, beside the append', async () => {
    const work = () => update({ sessionId: 's-2', userId: 'u-1' });
    expect(await sentDuring(work)).toEqual({ evalsha: 2 });
    expect(await sentDuring(work)).toEqual({ evalsha: 1 });
  });
});
