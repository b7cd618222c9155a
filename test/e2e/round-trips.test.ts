// What the service as a whole asks of Redis, by Redis' own word.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { keys } from '../support/redis-store.ts';
import { post, type RunningApp, startTestApp } from '../support/running-app.ts';
import { commandsSent } from '../support/sent-commands.ts';

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

const KEYS = [keys.session('s-1'), keys.session('s-2'), keys.user('u-1')];

/** What was sent to the server about these sessions and this user during `work`. */
function sentDuring(work: () => Promise<unknown>): Promise<string[]> {
  return commandsSent([redis], { keys: KEYS, work });
}

describe('round trips to Redis', () => {
  test('a persist is one', async () => {
    const work = () => update({ sessionId: 's-1', userId: 'u-1', variables: { a: 1 } });
    expect(await sentDuring(work)).toEqual(['evalsha']);
  });

  test('a restore by session is one', async () => {
    expect(await sentDuring(() => restore({ sessionId: 's-1' }))).toEqual(['evalsha']);
  });

  test('a restore by user is two: its index, its session', async () => {
    expect(await sentDuring(() => restore({ userId: 'u-1' }))).toEqual(['zrange', 'evalsha']);
  });

  test('the first sight of a user’s session costs one more, beside the append', async () => {
    const work = () => update({ sessionId: 's-2', userId: 'u-1' });
    expect(await sentDuring(work)).toEqual(['evalsha', 'evalsha']);
    expect(await sentDuring(work)).toEqual(['evalsha']);
  });
});
