// A store that answers and takes no update, as callers and operators meet it: at once, and by its
// name.

import { expect, onTestFinished, test } from 'vitest';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { get, post, startTestApp } from '../support/running-app.ts';
import { waitFor } from '../support/wait-for.ts';

const DEADLINE_MS = 30_000;
const SAVE = { sessionId: 'the-session', context: { secret: 'a-secret-value' } };

type Case = {
  prepare: (server: RedisServer) => Promise<unknown>;
  credentials?: string;
  name: RegExp;
  kind: string;
};

const acl = (...rules: string[]) => ({
  credentials: 'svc:a-password@',
  prepare: ({ client }: RedisServer) =>
    client.call('ACL', ['SETUSER', 'svc', 'on', '>a-password', ...rules]),
});

test.each<[string, Case]>([
  [
    'a user without the key prefix',
    { ...acl('~other:*', '+@all'), name: /NOPERM .*; the keys are cgs:\*/, kind: 'no_permission' },
  ],
  [
    'a user without hset',
    { ...acl('~*', '+@all', '-hset'), name: /NOPERM .* on the keys cgs:\*/, kind: 'no_permission' },
  ],
  [
    'a wrong password',
    {
      ...acl('~*', '+@all', '<a-password', '>another'),
      name: /WRONGPASS/,
      kind: 'wrong_credentials',
    },
  ],
  [
    'a password that was left out',
    {
      prepare: ({ client }) => client.config('SET', 'requirepass', 'required'),
      name: /NOAUTH/,
      kind: 'wrong_credentials',
    },
  ],
  [
    'a read-only replica',
    {
      prepare: ({ client }) => client.replicaof('127.0.0.1', 1),
      name: /READONLY/,
      kind: 'read_only',
    },
  ],
  [
    'a server whose memory is full',
    {
      prepare: ({ client }) => client.config('SET', 'maxmemory', '1'),
      name: /OOM/,
      kind: 'memory_full',
    },
  ],
])('%s: not ready, and updates are refused with the reason', async (_, given) => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  await given.prepare(redis);
  const app = await startTestApp({
    STORE_URL: `redis://${given.credentials ?? ''}127.0.0.1:${redis.port}`,
    REQUEST_DEADLINE_MS: `${DEADLINE_MS}`,
  });
  onTestFinished(() => app.stop());
  const readiness = await waitFor(async () => {
    const { status, body } = await get(`${app.admin}/readyz`);
    expect([status, body.checks[0].reason]).toEqual([503, expect.stringMatching(given.name)]);
    return body;
  });
  expect(readiness.checks[0].reason).toContain(`127.0.0.1:${redis.port}: `);

  const startedMs = performance.now();
  const { status, body } = await post(`${app.webhook}/webhook/cognigy/session`, SAVE);
  expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS / 2);
  expect(status).toBe(503);
  expect(body).toMatchObject({ reason: 'unavailable', error: expect.stringMatching(given.name) });
  expect(body.error).not.toContain('did not answer');

  const refusals = `cognigy_session_store_refusals_total{kind="${given.kind}"}`;
  expect(await app.metric(refusals)).toBeGreaterThan(1);
  const told = JSON.stringify(app.logged);
  expect(told).toMatch(given.name);
  for (const secret of ['a-password', 'a-secret-value', SAVE.sessionId]) {
    expect(told + JSON.stringify([body, readiness])).not.toContain(secret);
  }
});

test('a node of a cluster: not ready, and updates of other slots are refused with the URL that it needs', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${cluster.servers[0]?.port}`,
    REQUEST_DEADLINE_MS: `${DEADLINE_MS}`,
  });
  onTestFinished(() => app.stop());
  const { status, body } = await get(`${app.admin}/readyz`);
  expect([status, body.checks[0].reason]).toEqual([503, expect.stringContaining('redis+cluster')]);
  const startedMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      post(`${app.webhook}/webhook/cognigy/session`, { ...SAVE, sessionId: `session-${number}` }),
    ),
  );
  expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS / 2);
  const refused = answers.filter((answer) => answer.status === 503);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused)
    expect(answer.body.error).toContain('must begin with redis+cluster');
});
