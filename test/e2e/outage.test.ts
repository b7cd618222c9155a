// Redis that is not there, goes away, comes back.

import { describe, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { prepareRedisServer, startRedisServer } from '../support/redis-server.ts';
import { get, post, type RunningApp, startTestApp } from '../support/running-app.ts';

const update = (app: RunningApp, body: object) =>
  post(`${app.webhook}/webhook/cognigy/session`, body);
const readiness = (app: RunningApp) => get(`${app.admin}/readyz`);

describe('Redis down at the start', () => {
  test('live, not ready, with host and reason in the log and in /readyz; heals by itself', async () => {
    const [port = 0] = await freePorts(1);
    const app = await startTestApp({
      STORE_URL: `redis://127.0.0.1:${port}`,
      REQUEST_DEADLINE_MS: '1000',
    });
    expect((await get(`${app.admin}/healthz`)).status).toBe(200);
    const { status, body } = await readiness(app);
    expect([status, body.status]).toEqual([503, 'not ready']);
    const why = new RegExp(`127\\.0\\.0\\.1:${port}.*ECONNREFUSED`);
    expect(body.checks[0]).toMatchObject({
      name: 'store',
      ok: false,
      reason: expect.stringMatching(why),
    });
    expect(JSON.stringify(app.logged.filter(({ level }) => level === 'error'))).toMatch(why);

    const refused = await update(app, { sessionId: 's' });
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await app.metric('cognigy_session_errors_total{error_type="unavailable"}')).toBe(1);

    const redis = await prepareRedisServer({ port });
    await redis.start();
    await expect.poll(async () => (await readiness(app)).status).toBe(200);
    expect((await update(app, { sessionId: 's' })).status).toBe(200);
    await app.stop();
    await redis.stop();
  });
});

describe('Redis that hangs', () => {
  test('is answered 503 within the deadline, and the write is recognised when it is sent again', async () => {
    const redis = await startRedisServer();
    const app = await startTestApp({
      STORE_URL: `redis://127.0.0.1:${redis.port}`,
      REQUEST_DEADLINE_MS: '800',
      STORE_COMMAND_TIMEOUT_MS: '300',
    });
    const body = { sessionId: 's', updateId: 'u', variables: { a: 1 } };
    redis.pause();
    const startedMs = performance.now();
    expect((await update(app, body)).status).toBe(503);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    redis.resume();
    const answer = await expect
      .poll(async () => (await update(app, body)).body.revision)
      .toBe(1)
      .then(() => update(app, body));
    expect(answer.body).toMatchObject({ revision: 1, known: true });
    await app.stop();
    await redis.stop();
  });

  test('for less than the deadline goes unnoticed', async () => {
    const redis = await startRedisServer();
    const app = await startTestApp({
      STORE_URL: `redis://127.0.0.1:${redis.port}`,
      REQUEST_DEADLINE_MS: '8000',
      STORE_COMMAND_TIMEOUT_MS: '300',
    });
    await update(app, { sessionId: 's' });
    redis.pause();
    const answer = update(app, { sessionId: 's', variables: { a: 1 } });
    await expect
      .poll(() =>
        app.metric('cognigy_session_store_seconds_count{operation="append",result="unavailable"}'),
      )
      .toBeGreaterThan(0);
    redis.resume();
    expect(await answer).toMatchObject({ status: 200, body: { revision: 2 } });
    await app.stop();
    await redis.stop();
  });
});

test('a secret or a session’s content is nowhere in the log of an outage', async () => {
  const [port = 0] = await freePorts(1);
  const password = 'a-password-for-redis';
  const app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${port}`,
    STORE_PASSWORD: password,
    REQUEST_DEADLINE_MS: '1000',
  });
  await update(app, { sessionId: 'who-is-this', variables: { pin: 'tell-nobody' } });
  const text = JSON.stringify(app.logged);
  for (const word of [password, 'tell-nobody', 'who-is-this']) expect(text).not.toContain(word);
  await app.stop();
});
