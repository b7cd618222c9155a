// Reads in an outage, on every wire: what cannot be seen is unavailable. It is never a default
// state, never "not found", and never only what is in the spool.

import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Durability,
  SessionService,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { get, post, RPC_TOKEN, type RunningApp, startTestApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';
import { call, connectTo } from '../../transport/rpc/grpc-js-client.ts';

const { persist, restore, inspect } = SessionService.method;
const SESSION_SERVICE = 'cognigy.session.v1.SessionService';
const WEBHOOK_SERVICE = 'cognigy.webhook.v1.WebhookService';

let redis: RedisServer;
let app: RunningApp;

beforeAll(async () => {
  redis = await startRedisServer({ settings: { appendonly: 'yes', appendfsync: 'always' } });
  app = await startTestApp({
    ...{ STORE_URL: `redis://127.0.0.1:${redis.port}`, RPC_TOKEN },
    ...{ SPOOL: 'on', SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: '200' },
    ...{ REQUEST_DEADLINE_MS: '600', STORE_COMMAND_TIMEOUT_MS: '300' },
  });
  await until('a store', async () => ((await save('known')).status === 200 ? true : undefined));
  await redis.kill();
});
afterAll(async () => {
  await app?.stop();
  await redis?.stop();
});

const save = (sessionId: string) =>
  post(`${app.webhook}/webhook/cognigy/session`, { sessionId, userId: 'u', variables: { a: 1 } });
const grpc = () => connectTo(app.rpc.slice('http://'.length));
const connected = (service: string, method: string, body: object) =>
  post(`${app.webhook}/${service}/${method}`, body, {
    ...{ 'content-type': 'application/json', 'x-api-key': 'a-secret-of-the-test-suite' },
  });

test('an update says on every wire that it is spooled', async () => {
  expect(await save('of-webhook')).toMatchObject({
    status: 202,
    body: { status: 'accepted', durability: 'spooled', revision: 0, etag: '', known: false },
  });
  expect(await connected(WEBHOOK_SERVICE, 'Save', { sessionId: 'of-connect' })).toMatchObject({
    ...{ status: 200, body: { status: 'accepted', durability: 'spooled' } },
  });
  expect(await connected(SESSION_SERVICE, 'Persist', { sessionId: 'of-json' })).toMatchObject({
    ...{ status: 200, body: { durability: 'DURABILITY_SPOOLED' } },
  });
  const request = { sessionId: 'of-grpc' };
  const response = await call(grpc(), { method: persist, request, token: RPC_TOKEN });
  expect(response).toMatchObject({ durability: Durability.SPOOLED, revision: 0, etag: '' });
});

describe.each(['known', 'of-webhook', 'never-seen'])('session %s', (sessionId) => {
  test('is unavailable on the routes of the webhook', async () => {
    const answers = await Promise.all([
      post(`${app.webhook}/webhook/cognigy/restore`, { sessionId }),
      post(`${app.webhook}/webhook/cognigy/restore`, { userId: 'u' }),
      get(`${app.webhook}/api/v1/state/${sessionId}`),
      get(`${app.webhook}/api/v1/state/${sessionId}/restore`),
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  });

  test('is unavailable on Connect paths', async () => {
    const answers = await Promise.all([
      connected(WEBHOOK_SERVICE, 'Restore', { sessionId }),
      connected(SESSION_SERVICE, 'Restore', { sessionId }),
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  });

  test('is unavailable over gRPC', async () => {
    const shown = { target: { case: 'sessionId' as const, value: sessionId } };
    const restoring = call(grpc(), { method: restore, request: { sessionId }, token: RPC_TOKEN });
    await expect(restoring).rejects.toMatchObject({ code: status.UNAVAILABLE });
    const inspecting = call(grpc(), { method: inspect, request: shown, token: RPC_TOKEN });
    await expect(inspecting).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

test('when Redis is back, all of it is there', async () => {
  await redis.start();
  await until('the replay', async () =>
    (await app.metric('cognigy_session_spool_rows')) === 0 ? true : undefined,
  );
  for (const sessionId of ['known', 'of-webhook', 'of-connect', 'of-json', 'of-grpc']) {
    const { body } = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId });
    expect(body, sessionId).toMatchObject({ found: true, revision: 1 });
    expect(body).not.toHaveProperty('spooledUpdates');
  }
});
