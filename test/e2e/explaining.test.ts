// Timelines and explanations over Connect's JSON, on each store, and of what a former service left.

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { jsonKey, jsonValue } from '../support/legacy/json-layout.ts';
import { post, type RunningApp, startTestApp } from '../support/running-app.ts';

const { host, port } = inject('redisStandalone');
const cluster = inject('redisCluster').map((node) => `${node.host}:${node.port}`);

const SETTINGS: [string, Record<string, string>][] = [
  ['SQLite', {}],
  ['a Redis Cluster', { STORE_URL: `redis+cluster://${cluster.join(',')}` }],
];

const save = (app: RunningApp, body: object) =>
  post(`${app.webhook}/webhook/cognigy/session`, body);
const call = (app: RunningApp, method: string, body: object) =>
  post(`${app.rpc}/cognigy.session.v1.SessionService/${method}`, body, {
    'content-type': 'application/json',
  });

describe.each(SETTINGS)('%s', (_, settings) => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startTestApp(settings);
  });
  afterAll(() => app.stop());

  test('says what changed, and why a value is what it is', async () => {
    const sessionId = randomUUID();
    const update = (second: number, cart: unknown) =>
      save(app, { sessionId, timestamp: 1_718_445_600 + second, context: { cart }, flowId: 'f' });
    await update(1, { total: 1 });
    await update(2, null);
    await update(0, { total: 3 });
    const { status, body } = await call(app, 'Timeline', { sessionId, newestFirst: true });
    expect(status).toBe(200);
    expect(body.entries.map((entry: { changes: unknown }) => entry.changes)).toMatchObject([
      [{ pointer: '/context/cart', kind: 'CHANGE_KIND_OVERRULED', posted: { type: 'object' } }],
      [{ kind: 'CHANGE_KIND_CHANGED', after: { value: null, type: 'null' } }],
      [{ pointer: '/flowId' }, { kind: 'CHANGE_KIND_ADDED', after: { value: { total: 1 } } }],
    ]);
    const explained = await call(app, 'Explain', { sessionId, pointer: '/context/cart' });
    expect(explained.body).toMatchObject({
      ...{ value: { value: null }, decidedBy: { revision: 2 }, outcome: 'OUTCOME_INTACT' },
      lost: [
        { update: { revision: 1 }, decidedBy: 'DECIDING_PART_EVENT_SECOND' },
        { update: { revision: 3 }, lostAgainst: 'LOST_AGAINST_SET' },
      ],
    });
  });

  test('answers 404 where there is no session, and 400 what names no value', async () => {
    for (const [method, pointer] of [
      ['Timeline', undefined],
      ['Explain', '/userId'],
    ] as const) {
      const missing = await call(app, method, { sessionId: randomUUID(), pointer });
      expect([missing.status, missing.body.code]).toEqual([404, 'not_found']);
    }
    const unusable = await call(app, 'Explain', { sessionId: 's', pointer: '/context' });
    expect([unusable.status, unusable.body.code]).toEqual([400, 'invalid_argument']);
    const token = await call(app, 'Timeline', { sessionId: 's', pageToken: '?', pageSize: 201 });
    expect(token.status).toBe(400);
  });
});

test('what a former service left is the first entry, and loses against what follows', async () => {
  const app = await startTestApp({ STORE_URL: `redis://${host}:${port}`, LEGACY_STATE: 'read' });
  const redis = new Redis({ host, port });
  try {
    const sessionId = randomUUID();
    const former = { sessionId, variables: { cartTotal: 42.5 }, userId: 'u-1' };
    await redis.set(jsonKey(sessionId), jsonValue(former), 'EX', 3600);
    const first = await call(app, 'Explain', { sessionId, pointer: '/variables/cartTotal' });
    expect(first.body).toMatchObject({ value: { value: 42.5 }, decidedBy: { isImported: true } });
    expect(first.body.reason).toMatch(/^What a former service left set it/);
    await save(app, { sessionId, variables: { cartTotal: 43 } });
    const then = await call(app, 'Explain', { sessionId, pointer: '/variables/cartTotal' });
    expect(then.body).toMatchObject({
      ...{ value: { value: 43 }, lost: [{ update: { isImported: true } }] },
    });
    const { body } = await call(app, 'Timeline', { sessionId });
    expect(body.entries).toMatchObject([
      { revision: 1, isImported: true },
      { revision: 2, changes: [{ before: { value: 42.5 }, after: { value: 43 } }] },
    ]);
  } finally {
    redis.disconnect();
    await app.stop();
  }
});
