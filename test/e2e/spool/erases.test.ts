// Erases while a sidecar cannot use Redis, and others can: the erase wins over whatever was spooled
// before it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { get, post, type RunningApp, startTestApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';

const PASSWORD = 'a-password-for-redis';
const USER_RULES = ['allkeys', 'allchannels', 'allcommands', `>${PASSWORD}`];

let redis: RedisServer;
let spooling: RunningApp;
let other: RunningApp;

beforeAll(async () => {
  redis = await startRedisServer();
  await redis.client.call('acl', 'setuser', 'spooling', 'on', ...USER_RULES);
  const url = `redis://127.0.0.1:${redis.port}`;
  other = await startTestApp({ STORE_URL: url });
  spooling = await startTestApp({
    ...{ STORE_URL: url, STORE_USERNAME: 'spooling', STORE_PASSWORD: PASSWORD },
    ...{ SPOOL: 'on', SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: '4000' },
    REQUEST_DEADLINE_MS: '8000',
  });
  for (const app of [spooling, other])
    await until('a store', async () =>
      (await update(app, 'probe')).status === 200 ? true : undefined,
    );
});
afterAll(async () => {
  await Promise.all([spooling?.stop(), other?.stop()]);
  await redis?.stop();
});

const update = (app: RunningApp, sessionId: string, body: object = {}) =>
  post(`${app.webhook}/webhook/cognigy/session`, { sessionId, ...body });
const restore = async (app: RunningApp, sessionId: string) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId })).body;
const remove = (path: string) =>
  fetch(`${other.webhook}/api/v1/${path}`, {
    method: 'DELETE',
    headers: { 'x-api-key': 'a-secret-of-the-test-suite' },
  });

/** The sidecar is refused, for a reason that lasts: its user is switched off. */
async function lockOut(): Promise<void> {
  await redis.client.call('acl', 'setuser', 'spooling', 'off');
  await redis.client.call('client', 'kill', 'user', 'spooling');
}
async function letIn(): Promise<void> {
  await redis.client.call('acl', 'setuser', 'spooling', 'on');
  await until('the spool to be empty', async () => {
    const { checks } = (await get(`${spooling.admin}/readyz`)).body;
    return checks[1].rows === 0 ? true : undefined;
  });
}

test('what was spooled before an erase never comes back; what came after it does', async () => {
  await update(spooling, 's', { variables: { first: 1 } });
  // The first updates may have come before the connection.
  const [spooledBefore, replayedBefore] = [await spooled(), await replayed()];
  await lockOut();
  expect((await update(spooling, 's', { variables: { before: 1 } })).status).toBe(202);
  expect((await update(spooling, 't', { userId: 'u', variables: { before: 1 } })).status).toBe(202);
  expect((await update(spooling, 't', { variables: { nameless: 1 } })).status).toBe(202);
  expect(await (await remove('state/s')).json()).toMatchObject({ status: 'erased', found: true });
  expect(await (await remove('users/u')).json()).toMatchObject({ status: 'erased', erased: 0 });
  expect((await update(spooling, 's', { variables: { after: 1 } })).status).toBe(202);
  expect((await update(other, 't', { variables: { ofOthers: 1 } })).status).toBe(200);
  await letIn();
  for (const app of [spooling, other]) {
    expect(await restore(app, 's')).toMatchObject({ found: true, variables: { after: 1 } });
    expect((await restore(app, 's')).variables).toEqual({ after: 1 });
    expect((await restore(app, 't')).variables).toEqual({ ofOthers: 1 });
  }
  const dropped = (reason: string) =>
    spooling.metric(`cognigy_session_spool_dropped_total{reason="${reason}"}`);
  expect([await dropped('erased'), await dropped('user_erased')]).toEqual([1, 2]);
  expect((await replayed()) - replayedBefore).toBe(1);
  expect((await spooled()) - spooledBefore).toBe(4);
  expect(await spooling.metric('cognigy_session_spool_rows')).toBe(0);
});

const spooled = () => spooling.metric('cognigy_session_spooled_total{kind="update"}');
const replayed = () => spooling.metric('cognigy_session_spool_replayed_total{result="stored"}');

test('no log line of an outage has what was spooled', () => {
  const text = JSON.stringify(spooling.logged);
  for (const word of [PASSWORD, 'nameless', 'before']) expect(text).not.toContain(word);
});
