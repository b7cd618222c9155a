// What the network or the server holds, and delivers when everybody has given it up: it changes
// nothing.

import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { clusterTarget } from '../support/redis-store.ts';
import { get, post, type RunningApp, startTestApp } from '../support/running-app.ts';
import { type SlowProxy, startSlowProxy } from '../support/slow-proxy.ts';
import { until } from '../support/until.ts';

const COMMAND_TIMEOUT_MS = 400;
const DEADLINE_MS = 900;
const SERVICE = 'cognigy.session.v1.SessionService';

let redis: RedisServer;
let proxy: SlowProxy;
/** Behind the proxy, and beside the server. */
let [far, near]: RunningApp[] = [];
let sessionId: string;
const cleanups: (() => Promise<unknown>)[] = [];

async function startSidecar(
  port: number,
  { commandTimeoutMs, deadlineMs } = {
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    deadlineMs: DEADLINE_MS,
  },
): Promise<RunningApp> {
  const app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${port}`,
    STORE_COMMAND_TIMEOUT_MS: `${commandTimeoutMs}`,
    STORE_CONNECT_TIMEOUT_MS: `${commandTimeoutMs}`,
    REQUEST_DEADLINE_MS: `${deadlineMs}`,
  });
  cleanups.push(() => app.stop());
  return app;
}

/** For what must not be refused on a busy machine. */
const PATIENT = { commandTimeoutMs: 10_000, deadlineMs: 30_000 };

beforeEach(async () => {
  redis = await startRedisServer();
  cleanups.push(() => redis.stop());
  proxy = await startSlowProxy(redis.port);
  cleanups.push(() => proxy.close());
  [far, near] = [await startSidecar(proxy.port), await startSidecar(redis.port)];
  sessionId = `late-${crypto.randomUUID()}`;
  // The scripts are loaded, and what follows is one round trip each.
  for (const app of [far, near]) {
    expect((await save(app, 'warm')).status).toBe(200);
    const { token } = (await call(app, 'Lock', { sessionId: 'warm', ttlMs: 1000 })).body;
    await call(app, 'Unlock', { sessionId: 'warm', token });
    expect((await erase(app, 'warm')).status).toBe(200);
  }
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function save(app: RunningApp | undefined, id = sessionId, updateId = crypto.randomUUID()) {
  return post(`${app?.webhook}/webhook/cognigy/session`, {
    sessionId: id,
    updateId,
    variables: { a: 1 },
  });
}

function erase(app: RunningApp | undefined, id = sessionId) {
  return post(`${app?.webhook}/webhook/cognigy/delete`, { sessionId: id });
}

function found(id = sessionId) {
  return get(`${near?.webhook}/api/v1/state/${id}`);
}

async function call(app: RunningApp | undefined, method: string, request: object) {
  const headers = { 'content-type': 'application/json' };
  return post(`${app?.rpc}/${SERVICE}/${method}`, request, headers);
}

/** How many scripts the server was sent. */
async function scriptsRun(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].map(([, count]) =>
    Number(count),
  );
  return calls.reduce((sum, count) => sum + count, 0);
}

describe('an update that its network held while its session was erased', () => {
  it('brings nothing back after its sender was told 503, with the link down', async () => {
    await save(near);
    proxy.hold('all');
    const saving = save(far);
    await proxy.untilHeld();
    expect((await erase(near)).body).toMatchObject({ found: true });
    expect((await saving).status).toBe(503);
    const before = await scriptsRun();
    await proxy.release();
    expect(await scriptsRun()).toBeGreaterThan(before);
    expect((await found()).status).toBe(404);
    await until('the far one to serve again', async () =>
      (await save(far, 'another')).status === 200 ? true : undefined,
    );
    expect((await found()).status).toBe(404);
  });

  it('brings nothing back after a later attempt was told to be dropped', async () => {
    await save(near);
    proxy.hold('standing');
    const saving = save(far);
    await proxy.untilHeld();
    expect((await erase(near)).status).toBe(200);
    expect((await saving).body).toMatchObject({ status: 'dropped' });
    await proxy.release();
    expect((await found()).status).toBe(404);
  });

  it('stays dropped when its caller sends it again', async () => {
    const updateId = crypto.randomUUID();
    await save(near);
    proxy.hold('standing');
    const saving = save(far, sessionId, updateId);
    await proxy.untilHeld();
    expect((await erase(near)).status).toBe(200);
    expect((await saving).body).toMatchObject({ status: 'dropped' });
    expect((await save(near, sessionId, updateId)).body).toMatchObject({ status: 'dropped' });
    expect((await save(near)).body).toMatchObject({ status: 'accepted', revision: 1 });
  });
});

describe('a server that stands still', () => {
  it.each([
    ['is stopped', async () => redis.pause(), async () => redis.resume()],
    [
      'is paused for its clients',
      () => redis.client.call('CLIENT', ['PAUSE', `${DEADLINE_MS * 2}`]),
      async () => {},
    ],
    [
      'runs a slow script',
      async () => {
        const lua = `local ends = tonumber(redis.call('TIME')[1]) + 3
          while tonumber(redis.call('TIME')[1]) < ends do end`;
        await redis.client.ping();
        redis.client.eval(lua, 0).catch(() => {});
      },
      async () => {},
    ],
  ])('(it %s) stores nothing afterwards that was told 503', async (_, stop, goOn) => {
    await save(near);
    await stop();
    const updates = [save(far), save(near), save(far), save(near)];
    for (const { status } of await Promise.all(updates)) expect(status).toBe(503);
    await goOn();
    await until('the server to go on', async () =>
      (await save(near, 'another')).status === 200 ? true : undefined,
    );
    expect((await found()).body).toMatchObject({ revision: 1 });
  });
});

describe('a lock whose first attempt the network held', () => {
  it('is not taken by it after it was given back, and others get it at once', async () => {
    proxy.hold('standing');
    const taken = await call(far, 'Lock', { sessionId, ttlMs: 60_000 });
    expect(taken.status).toBe(200);
    expect((await call(near, 'Unlock', { sessionId, token: taken.body.token })).status).toBe(200);
    const second = await call(near, 'Lock', { sessionId, ttlMs: 60_000 });
    expect((await call(near, 'Unlock', { sessionId, token: second.body.token })).status).toBe(200);
    await proxy.release();
    expect((await call(near, 'Lock', { sessionId, ttlMs: 1000, waitMs: 0 })).status).toBe(200);
  });

  it('is not taken by it after its sender was told 503', async () => {
    proxy.hold('all');
    expect((await call(far, 'Lock', { sessionId, ttlMs: 60_000 })).status).toBe(503);
    await proxy.release();
    expect((await call(near, 'Lock', { sessionId, ttlMs: 1000, waitMs: 0 })).status).toBe(200);
  });
});

describe('sidecars near and far', () => {
  it('have no save dropped that comes after the answer to an erase, 100 times in a row', async () => {
    const distant = await startSlowProxy(redis.port, { oneWayMs: 10 });
    cleanups.push(() => distant.close());
    const apart = await startSidecar(distant.port, PATIENT);
    const close = await startSidecar(redis.port, PATIENT);
    const behind = await startSidecar(proxy.port, PATIENT);
    for (let turn = 0; turn < 100; turn++) {
      const id = `${sessionId}-${turn}`;
      expect((await erase(turn % 2 ? apart : close, id)).status).toBe(200);
      const saves = [save(turn % 2 ? close : apart, id), save(behind, id), save(apart, id)];
      for (const { body } of await Promise.all(saves))
        expect(body).toMatchObject({ status: 'accepted' });
    }
  });
});

describe('a cluster', () => {
  let cluster: RunningApp;
  beforeAll(async () => {
    const target = clusterTarget(inject('redisCluster'));
    const nodes =
      target.kind === 'cluster' ? target.nodes.map(({ host, port }) => `${host}:${port}`) : [];
    cluster = await startTestApp({
      STORE_URL: `redis+cluster://${nodes.join(',')}`,
      STORE_COMMAND_TIMEOUT_MS: `${PATIENT.commandTimeoutMs}`,
      REQUEST_DEADLINE_MS: `${PATIENT.deadlineMs}`,
    });
    return () => cluster.stop();
  });

  it('has no save dropped that comes after the answer to an erase either', async () => {
    for (let turn = 0; turn < 50; turn++) {
      const id = `${sessionId}-cluster-${turn}`;
      expect((await erase(cluster, id)).status).toBe(200);
      expect((await save(cluster, id)).body).toMatchObject({ status: 'accepted' });
    }
  });
});
