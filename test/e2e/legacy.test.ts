// The service in place of those of the tutorials, on the Redis in which they left their sessions,
// and what it asks of Redis for that, by Redis' own word.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cgnyKey, cgnyValue } from '../support/legacy/cgny-layout.ts';
import { jsonKey, jsonValue } from '../support/legacy/json-layout.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { keys } from '../support/redis-store.ts';
import { get, post, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import { commandsSent } from '../support/sent-commands.ts';

let redis: RedisServer;
let reading: RunningApp;
let off: RunningApp;

beforeAll(async () => {
  redis = await startRedisServer();
  const STORE_URL = `redis://127.0.0.1:${redis.port}`;
  off = await startTestApp({ STORE_URL });
  reading = await startTestApp({ STORE_URL, LEGACY_STATE: 'read' });
  for (const app of [off, reading]) await save(app, { sessionId: 'first' });
});
afterAll(async () => {
  await Promise.all([off?.stop(), reading?.stop()]);
  await redis?.stop();
});

const save = (app: RunningApp, body: object) =>
  post(`${app.webhook}/webhook/cognigy/session`, body);
const restore = async (app: RunningApp, body: object) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;
const bearer = { authorization: `Bearer ${SECRET}` };
const token = { 'x-cognigy-webhook-token': SECRET };

describe('a user who returns after the switch', () => {
  test('continues where the FastAPI service left', async () => {
    const sessionId = randomUUID();
    const session = {
      sessionId,
      userId: 'u-1',
      flowId: 'checkout',
      variables: { cartTotal: 42.5 },
    };
    await redis.client.set(jsonKey(sessionId), jsonValue(session), 'EX', 3600);
    const body = { sessionId, variables: { customerId: 'C-1', cartTotal: 43 } };
    const saved = await post(`${reading.webhook}/webhook/cognigy/session`, body, token);
    expect(saved).toMatchObject({ status: 200, body: { status: 'accepted', revision: 2 } });
    const shown = await get(`${reading.webhook}/debug/session/${sessionId}`, token);
    expect(shown).toMatchObject({
      status: 200,
      body: { sessionId, userId: 'u-1', variables: { cartTotal: 43, customerId: 'C-1' } },
    });
    expect(await restore(reading, { userId: 'u-1' })).toMatchObject({ found: true, sessionId });
  });

  test('continues where the Spring Boot service left', async () => {
    const sessionId = `sess_${randomUUID()}`;
    const context = { customerName: 'Alice', intent: 'refund_request' };
    await redis.client.set(cgnyKey(sessionId), cgnyValue({ sessionId, context }), 'EX', 86_400);
    const restored = await get(`${reading.webhook}/api/v1/state/${sessionId}/restore`, bearer);
    expect(restored).toMatchObject({ status: 200, body: { context, outcome: 'intact' } });
    const update = { sessionId, context: { intent: 'chat' }, timestamp: new Date().toISOString() };
    await post(`${reading.webhook}/webhook/cognigy/session-update`, update, bearer);
    const shown = await get(`${reading.webhook}/api/v1/state/${sessionId}`, bearer);
    expect(shown.body.context).toEqual({ customerName: 'Alice', intent: 'chat' });
  });

  test('gets the fallback of the Spring Boot service where its bytes are damaged', async () => {
    const sessionId = `sess_${randomUUID()}`;
    const bytes = cgnyValue({ sessionId, context: { a: 'b' } });
    await redis.client.set(cgnyKey(sessionId), bytes.fill(0, 40, 41), 'EX', 86_400);
    const before = await reading.metric('cognigy_session_legacy_damage_total{damage="bad_digest"}');
    const restored = await get(`${reading.webhook}/api/v1/state/${sessionId}/restore`, bearer);
    expect(restored).toMatchObject({
      status: 200,
      body: { outcome: 'fallback', context: { fallback: 'true', corruptionDetected: 'true' } },
    });
    const shown = await get(`${reading.webhook}/api/v1/state/${sessionId}`, bearer);
    expect(shown).toMatchObject({
      status: 500,
      body: { error: 'State corruption detected', action: 'Fallback state returned', sessionId },
    });
    const after = await reading.metric('cognigy_session_legacy_damage_total{damage="bad_digest"}');
    expect(after - before).toBe(1);
    expect(reading.logged.map(({ message }) => message)).toContain(
      'a session of a former service is damaged',
    );
    expect(JSON.stringify(reading.logged)).not.toContain(sessionId);
  });

  test('is counted by what became of the session', async () => {
    const line = 'cognigy_session_legacy_sessions_total{layout="json",result="imported"}';
    const before = await reading.metric(line);
    const sessionId = randomUUID();
    await redis.client.set(jsonKey(sessionId), jsonValue({ sessionId }), 'EX', 3600);
    await restore(reading, { sessionId });
    await restore(reading, { sessionId });
    expect((await reading.metric(line)) - before).toBe(1);
  });

  test('who is erased leaves nothing', async () => {
    const sessionId = randomUUID();
    await redis.client.set(jsonKey(sessionId), jsonValue({ sessionId }), 'EX', 3600);
    const erased = await post(`${reading.webhook}/webhook/cognigy/delete`, { sessionId });
    expect(erased).toMatchObject({ status: 200, body: { found: true } });
    expect(await redis.client.exists(jsonKey(sessionId))).toBe(0);
    expect(await restore(reading, { sessionId })).toEqual({ found: false });
  });
});

describe('what is asked of Redis', () => {
  const sent = async (sessionId: string, work: () => Promise<unknown>) => {
    const about = [keys.session(sessionId), jsonKey(sessionId), cgnyKey(sessionId)];
    return commandsSent([redis], { keys: about, work });
  };
  const ONE = ['evalsha'];

  test('is nothing more with LEGACY_STATE=off', async () => {
    const sessionId = randomUUID();
    expect(await sent(sessionId, () => restore(off, { sessionId }))).toEqual(ONE);
    expect(await sent(sessionId, () => save(off, { sessionId }))).toEqual(ONE);
    expect(await sent(sessionId, () => save(off, { sessionId }))).toEqual(ONE);
    expect(await sent(sessionId, () => restore(off, { sessionId }))).toEqual(ONE);
  });

  test('is nothing more of a session that is there', async () => {
    const sessionId = randomUUID();
    await save(reading, { sessionId });
    expect(await sent(sessionId, () => save(reading, { sessionId }))).toEqual(ONE);
    expect(await sent(sessionId, () => restore(reading, { sessionId }))).toEqual(ONE);
    expect(
      await sent(sessionId, () => get(`${reading.webhook}/api/v1/state/${sessionId}`)),
    ).toEqual(ONE);
  });

  test('is the two keys, at once, of a session that is not', async () => {
    const sessionId = randomUUID();
    const three = Array(3).fill('evalsha');
    expect(await sent(sessionId, () => restore(reading, { sessionId }))).toEqual(three);
    expect(await sent(sessionId, () => save(reading, { sessionId }))).toEqual([
      ...three,
      'evalsha',
    ]);
  });

  test('is nothing more of a session that was continued', async () => {
    const sessionId = randomUUID();
    await redis.client.set(jsonKey(sessionId), jsonValue({ sessionId }), 'EX', 3600);
    await restore(reading, { sessionId });
    expect(await sent(sessionId, () => save(reading, { sessionId }))).toEqual(ONE);
    expect(await sent(sessionId, () => restore(reading, { sessionId }))).toEqual(ONE);
  });
});

test('sessions that were left in another Redis are found there', async () => {
  const former = await startRedisServer();
  const app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${redis.port}`,
    LEGACY_STATE: 'read',
    LEGACY_STORE_URL: `redis://127.0.0.1:${former.port}`,
  });
  try {
    const sessionId = randomUUID();
    await former.client.set(jsonKey(sessionId), jsonValue({ sessionId, context: { a: 1 } }));
    expect(await restore(app, { sessionId })).toMatchObject({ found: true, context: { a: 1 } });
    // Nothing is written there.
    expect(await former.client.keys('*')).toEqual([jsonKey(sessionId)]);
  } finally {
    await app.stop();
    await former.stop();
  }
});
