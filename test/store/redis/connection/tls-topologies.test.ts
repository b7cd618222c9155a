// The store over TLS on each topology, with client certificates: what the contract suite shows
// without TLS, in short, and that the connections to the next master after a failover are no less
// secure.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { createAuthority, type TestAuthority } from '../../../support/certificates.ts';
import {
  type RedisCluster,
  type Shard,
  startRedisCluster,
  untilReplaced,
} from '../../../support/redis-cluster.ts';
import { type RedisSentinels, startRedisSentinels } from '../../../support/redis-sentinel.ts';
import {
  type RedisServer,
  type ServerTls,
  startRedisServer,
} from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
} from '../../../support/redis-store.ts';
import { sessionIdIn } from '../../../support/shard-ids.ts';
import { until } from '../../../support/until.ts';
import { closing } from './refused-calls.ts';

const NEVER_MS = 3_600_000;

let authority: TestAuthority;
let serverTls: ServerTls;
let options: Parameters<typeof openStore>[1];
beforeAll(() => {
  authority = createAuthority();
  serverTls = { authority, certificate: authority.issue('server'), wantsCertificates: true };
  const { cert, key } = authority.issue('client');
  const material = Object.freeze({ ca: authority.ca, cert, key });
  // Nothing but news and failures makes the client look for the masters.
  options = { tls: { current: () => material }, topologyRefreshMs: NEVER_MS };
});
afterAll(() => authority?.remove());

async function useInShort(store: SessionStore): Promise<void> {
  const append = appendOf();
  const { sessionId } = append;
  expect(await store.append(append)).toMatchObject({ status: 'stored', created: true });
  const session = await store.read(sessionId);
  expect(session?.frames.map(({ name }) => name)).toEqual([append.updateId]);
  await store.index({ ...append, userId: sessionId, eventMs: 1 });
  expect(await store.userSessions(sessionId, { offset: 0, limit: 10 })).toHaveLength(1);
  const lock = { sessionId, token: 'a-token-of-22-letters-', ttlMs: 10_000, renew: false };
  expect(await store.lock(lock)).toMatchObject({ status: 'held' });
  expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'locked' });
  expect(await store.unlock(lock)).toMatchObject({ status: 'released' });
}

/** Tries until an update of this session is stored, and reads it back. */
async function storeEventually(store: SessionStore, sessionId: string): Promise<void> {
  const append = appendOf({ sessionId });
  const attempt = () =>
    store.append(append).then(
      ({ status }) => status,
      () => undefined,
    );
  // It is known where its answer came too late.
  expect(await until('the update to be stored', attempt)).toMatch(/^(stored|known)$/);
  expect((await store.read(sessionId))?.frames.map(({ name }) => name)).toContain(append.updateId);
}

describe('one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer({ tls: serverTls });
  });
  afterAll(() => server?.stop());

  it('serves alone', async () => {
    await useInShort(closing(await openStore(standaloneTarget(server), options)));
  });

  it('serves again once it is back', async () => {
    const store = closing(await openStore(standaloneTarget(server), options));
    await server.kill();
    await server.start();
    await storeEventually(store, 'back again');
  });
});

describe('a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster({ tls: serverTls });
  });
  afterAll(() => cluster?.stop());

  it('serves, where one of its servers is known and the others are found', async () => {
    await useInShort(closing(await openStore(clusterTarget(cluster.servers.slice(0, 1)), options)));
  });

  it('serves after a failover', async () => {
    const store = closing(await openStore(clusterTarget(cluster.servers), options));
    const [failing] = cluster.shards as [Shard];
    const sessionId = await sessionIdIn(cluster, failing, 'over TLS');
    await storeEventually(store, sessionId);
    await failing.master.client.call('WAIT', [1, 5000]);
    await failing.master.kill();
    await untilReplaced(cluster, failing);
    await storeEventually(store, sessionId);
    expect((await store.read(sessionId))?.frames).toHaveLength(2);
  });
});

describe('a master under sentinels', () => {
  let group: RedisSentinels;
  beforeAll(async () => {
    group = await startRedisSentinels({ tls: serverTls });
  });
  afterAll(() => group?.stop());

  it('serves as the sentinels name it', async () => {
    await useInShort(closing(await openStore(group.target, options)));
  });

  it('is followed when it is replaced on purpose, of which the sentinels tell over TLS', async () => {
    const told: string[] = [];
    const onConnectionError = ({ reason }: { reason: string }) => told.push(reason);
    const store = closing(await openStore(group.target, { ...options, onConnectionError }));
    const master = await group.master();
    await storeEventually(store, 'replaced');
    await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
    await group.untilReplaced(master);
    await storeEventually(store, 'replaced');
    expect(told.join()).toContain('the sentinels are replacing it');
    await group.untilWhole();
  });

  it('is replaced when it dies', async () => {
    const store = closing(await openStore(group.target, options));
    const master = await group.master();
    await storeEventually(store, 'dies');
    await master.kill();
    await storeEventually(store, 'dies');
    expect(await group.untilReplaced(master)).not.toBe(master);
  });
});
