// What a sidecar has in its spool, as its timelines and explanations show it: while the store can
// be read, and takes no updates.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { post, type RunningApp, startTestApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';

const PASSWORD = 'a-password-for-redis';
const sessionId = 's';
const timestamp = '2024-06-15T10:00:00Z';

let redis: RedisServer;
let app: RunningApp;

beforeAll(async () => {
  redis = await startRedisServer();
  const rules = ['on', 'allkeys', 'allchannels', 'allcommands', `>${PASSWORD}`];
  await redis.client.call('acl', 'setuser', 'reading', ...rules);
  app = await startTestApp({
    ...{ STORE_URL: `redis://127.0.0.1:${redis.port}`, STORE_USERNAME: 'reading' },
    ...{ STORE_PASSWORD: PASSWORD, SPOOL: 'on', SPOOL_MAX_BYTES: '16777216' },
    // More than an update takes on a busy machine; a refusal is not waited for.
    ...{ SPOOL_AFTER_MS: '4000', REQUEST_DEADLINE_MS: '8000' },
  });
  await until('a store', async () => ((await save({})).status === 200 ? true : undefined));
});
afterAll(async () => {
  await app?.stop();
  await redis?.stop();
});

const save = (body: object) =>
  post(`${app.webhook}/webhook/cognigy/session`, { sessionId, ...body });
const call = async (method: string, body: object) =>
  (
    await post(
      `${app.rpc}/cognigy.session.v1.SessionService/${method}`,
      { sessionId, ...body },
      {
        'content-type': 'application/json',
      },
    )
  ).body;

test('a spooled update is the end of the timeline, and may have won', async () => {
  await save({ context: { cart: 1 }, execution: 1, timestamp });
  await redis.client.call('acl', 'setuser', 'reading', '-hset');
  expect((await save({ context: { cart: 2 }, execution: 2, timestamp })).status).toBe(202);
  const { entries } = await call('Timeline', {});
  expect(entries.at(-1)).toMatchObject({
    isSpooled: true,
    changes: [{ before: { value: 1 }, after: { value: 2 } }],
  });
  expect(entries.at(-1).revision).toBeUndefined();
  expect(await call('Explain', { pointer: '/context/cart' })).toMatchObject({
    ...{ value: { value: 2 }, decidedBy: { isSpooled: true } },
    lost: [{ update: { value: { value: 1 } }, decidedBy: 'DECIDING_PART_SEQUENCE' }],
  });
  await redis.client.call('acl', 'setuser', 'reading', '+hset');
  const stored = await until('the replay', async () => {
    const explained = await call('Explain', { pointer: '/context/cart' });
    return explained.decidedBy.isSpooled ? undefined : explained;
  });
  expect(stored).toMatchObject({ value: { value: 2 }, decidedBy: { revision: entries.length } });
});
