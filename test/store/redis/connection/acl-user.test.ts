// The least that a user of Redis must be allowed for the store to work.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { authorityOfTest } from '../../../support/certificates.ts';
import { startRedisSentinels } from '../../../support/redis-sentinel.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  keys,
  openStore,
  standaloneTarget,
} from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept } from './refused-calls.ts';

const COMMANDS = [
  ...['eval', 'evalsha', 'time', 'type', 'rename', 'pexpireat', 'pexpiretime'],
  ...['hget', 'hmget', 'hgetall', 'hkeys', 'hset', 'hdel'],
  ...['zadd', 'zcard', 'zmscore', 'zrange', 'zrem'],
];
/** Of the sentinels; on all channels, or those two that the store listens to. */
const SENTINEL_RULES = [
  ...['+sentinel|master', '+sentinel|get-master-addr-by-name', '+subscribe'],
  ...['&+switch-master', '&+failover-state-send-slaveof-noone'],
];
const settings = { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' };
const PASSWORD = 'p@ss:/';
const credentials = { username: 'sidecar', password: () => PASSWORD };

let alone: RedisServer;
let cluster: RedisServer;
beforeAll(async () => {
  [alone, cluster] = await Promise.all([startRedisServer(), startRedisServer({ settings })]);
  await cluster.client.cluster('ADDSLOTSRANGE', 0, 16_383);
});
afterAll(() => Promise.all([alone?.stop(), cluster?.stop()]));

async function allow({ client }: RedisServer, commands: string[]): Promise<void> {
  const rules = ['on', `>${PASSWORD}`, '~cgs:*', ...commands.map((command) => `+${command}`)];
  await client.call('ACL', ['SETUSER', credentials.username, 'reset', ...rules]);
}

async function useEverything(store: SessionStore, server: RedisServer): Promise<void> {
  const append = appendOf();
  const { sessionId } = append;
  await server.client.set(keys.session(sessionId), 'foreign');
  expect(await store.append(append)).toMatchObject({ setAside: true });
  await server.client.hset(keys.session(sessionId), 'expires_at', 1000);
  await server.client.hdel(keys.session(sessionId), 'seal');
  expect(await store.append(append)).toMatchObject({ created: true });
  await server.client.hset(keys.session(sessionId), 'chain', 'damaged');
  expect(await store.append(appendOf({ sessionId }))).toMatchObject({ repaired: true });
  const view = await store.read(sessionId);
  if (view === undefined) throw new Error('the session is missing');
  const snapshot = { name: 'snapshot:1', revision: 2, etag: view.etag, frame: Buffer.alloc(70) };
  const { incarnation, frames: folded } = view;
  expect(await store.compact({ sessionId, incarnation, folded, snapshot, recent: [] })).toBe(
    'compacted',
  );
  await control(store, server, sessionId);
  await store.index({
    ...append,
    userId: 'user',
    eventMs: 1,
    receivedAtMonotonicMs: -1e9,
    ttlMs: 1,
  });
  await store.index({ ...append, userId: 'user', eventMs: 1 });
  expect(await store.userSessions('user', { offset: 0, limit: 10 })).toHaveLength(1);
  await store.eraseUser({ userId: 'user', tombstoneTtlMs: 86_400_000 });
  expect((await store.inspectUser('user')).entries).toBe(1);
  expect(await store.unindex({ userId: 'user', sessionIds: [sessionId] })).toBe(1);
}

/** Locks, quarantines and erases, on every way that the scripts have. */
async function control(store: SessionStore, server: RedisServer, sessionId: string): Promise<void> {
  const lock = { sessionId, token: 'a-token-of-22-letters-', ttlMs: 1_000_000_000, renew: false };
  expect(await store.lock(lock)).toMatchObject({ status: 'held' });
  expect(await store.unlock(lock)).toMatchObject({ status: 'released' });
  await server.client.hset(keys.session(sessionId), 'lock', `${lock.token} ${Date.now() - 1000}`);
  expect(await store.lock({ ...lock, renew: true })).toMatchObject({
    status: 'lost',
    lapsed: true,
  });
  expect(await store.forgetLapsed(lock)).toBe(false);
  const [frame] = (await store.read(sessionId))?.frames ?? [];
  const { name = '', value = Buffer.alloc(0) } = frame ?? {};
  const limits = { ttlMs: 2_000_000_000, quarantineMaxBytes: 1000 };
  for (const move of ['quarantine', 'release'] as const) {
    expect(
      await store.quarantine({ sessionId, moves: [{ move, name, value }], ...limits }),
    ).toEqual([name]);
  }
  const erasure = { tombstoneTtlMs: 60_000, ifMatch: '' };
  const foreign = `${sessionId} of another kind`;
  await server.client.set(keys.session(foreign), 'foreign');
  for (const erased of [sessionId, foreign]) {
    await store.erase({ sessionId: erased, eraseId: 'the-erase-of-22-letter', ...erasure });
  }
  const late = appendOf({ sessionId, receivedAtMonotonicMs: performance.now() - 1000 });
  expect(await store.append(late)).toEqual({ status: 'dropped' });
  await server.client.hset(keys.session(sessionId), 'tombstone', '1 2 x 0 0 0 0');
  await server.client.hdel(keys.session(sessionId), 'tombstone_seal');
  expect(await store.append(late)).toMatchObject({ status: 'stored' });
}

it('a user with these commands on the prefix can do all that the store does, standalone', async () => {
  await allow(alone, COMMANDS);
  const store = await openStore(standaloneTarget(alone), credentials);
  await useEverything(store, alone);
  await store.close();
});

it('and on a cluster with CLUSTER SLOTS besides', async () => {
  await allow(cluster, [...COMMANDS, 'cluster|slots', 'asking']);
  const store = await openStore(clusterTarget([cluster]), credentials);
  await useEverything(store, cluster);
  await store.close();
});

it('and under sentinels, over TLS, with a user of the same name at the sentinels', async () => {
  const authority = authorityOfTest();
  const certificate = authority.issue('server');
  const group = kept(await startRedisSentinels({ tls: { authority, certificate } }));
  for (const server of group.servers) await allow(server, COMMANDS);
  for (const { client } of group.sentinels) {
    const rules = ['on', '>of the sentinels', ...SENTINEL_RULES];
    await client.call('ACL', ['SETUSER', credentials.username, 'reset', ...rules]);
  }
  const told: string[] = [];
  const store = closing(
    await openStore(group.target, {
      ...credentials,
      tls: { current: () => ({ ca: authority.ca }) },
      sentinelUsername: credentials.username,
      sentinelPassword: () => 'of the sentinels',
      onConnectionError: ({ reason }) => told.push(reason),
      topologyRefreshMs: 3_600_000,
    }),
  );
  const master = await group.master();
  await useEverything(store, master);
  await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
  await group.untilReplaced(master);
  await until('the next master', () => store.append(appendOf()).catch(() => undefined));
  // It was listened to, or this would have been found by asking.
  expect(told.join()).toContain('the sentinels are replacing it');
});

it('lists sessions with SCAN and INFO besides, and names the one that is missing', async () => {
  const scan = { position: '', idPrefix: '', count: 1000 };
  await allow(alone, COMMANDS);
  const store = closing(await openStore(standaloneTarget(alone), credentials));
  await expect(store.scanSessions(scan)).rejects.toMatchObject({
    refusal: { kind: 'no_permission', text: expect.stringContaining("'info'") },
  });
  await allow(alone, [...COMMANDS, 'info']);
  await expect(store.scanSessions(scan)).rejects.toMatchObject({
    refusal: { kind: 'no_permission', text: expect.stringContaining("'scan'") },
  });
  await allow(alone, [...COMMANDS, 'info', 'scan']);
  const append = appendOf();
  await store.append(append);
  expect((await store.scanSessions(scan))?.sessionIds).toContain(append.sessionId);
});
