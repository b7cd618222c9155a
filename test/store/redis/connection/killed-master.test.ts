// A master that was killed: no connection to it can be made, so what has somewhere else to turn is
// told so at once, and everything is served again once there is a master.

import { beforeEach, describe, expect, it } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../../../src/store/session-store.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
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

let changes: { address: string; isOpen: boolean }[];
beforeEach(() => {
  changes = [];
});
const onCircuitChanged = (changed: { address: string; isOpen: boolean }) => changes.push(changed);

async function failureOf(store: SessionStore, sessionId: string): Promise<StoreUnavailable> {
  const error = await store.append(appendOf({ sessionId })).catch((failure) => failure);
  expect(error).toBeInstanceOf(StoreUnavailable);
  return error;
}

/** Kills the master, and writes to one of its sessions until that is refused without being tried. */
async function cutOff(store: SessionStore, { master, id }: { master: RedisServer; id: string }) {
  await master.kill();
  await until('a refusal at once', async () => (await failureOf(store, id)).isCutOff || undefined);
  const address = `127.0.0.1:${master.port}`;
  const refusal = await failureOf(store, id);
  expect(refusal).toMatchObject({ isCutOff: true, isUnsent: true });
  expect(refusal.message).toContain(`${address}: connect ECONNREFUSED ${address}, `);
  expect(changes).toEqual([expect.objectContaining({ address, isOpen: true })]);
}

describe('a master that was killed', () => {
  it('is not tried for each call, and served as soon as it is there again', async () => {
    const master = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(master), { onCircuitChanged }));
    await cutOff(store, { master, id: 's' });
    await master.start();
    await until('the master to be served', () => store.append(appendOf({ sessionId: 's' })));
    expect(changes.at(-1)).toMatchObject({ isOpen: false });
  });

  it('stays cut off while no replica replaces it; the other shards are served', async () => {
    const cluster = kept(
      await startRedisCluster({
        settings: {
          'cluster-replica-no-failover': 'yes',
          'cluster-require-full-coverage': 'no',
        },
      }),
    );
    const [{ master }] = cluster.shards as [RedisCluster['shards'][number]];
    const store = closing(await openStore(clusterTarget(cluster.servers), { onCircuitChanged }));
    const sessionIn = (isOfMaster: boolean) =>
      until('a session of that shard', async () => {
        const { sessionId } = appendOf();
        const shard = await cluster.shardOf(keys.session(sessionId));
        return (shard.master === master) === isOfMaster ? sessionId : undefined;
      });
    const [id, other] = [await sessionIn(true), await sessionIn(false)];
    await cutOff(store, { master, id });
    // The client gives its connection to the dead master up, and makes it again, several times.
    const endMs = performance.now() + 1500;
    while (performance.now() < endMs) {
      expect((await failureOf(store, id)).isCutOff).toBe(true);
      expect(await store.append(appendOf({ sessionId: other }))).toMatchObject({
        status: 'stored',
      });
    }
    expect(changes).toHaveLength(1);
    await master.start();
    await until('the master to be served', () => store.append(appendOf({ sessionId: id })));
    expect(changes.at(-1)).toMatchObject({ isOpen: false });
  });

  it('is forgotten when a replica takes its place', async () => {
    const cluster = kept(await startRedisCluster());
    const [{ master }] = cluster.shards as [RedisCluster['shards'][number]];
    const store = closing(await openStore(clusterTarget(cluster.servers), { onCircuitChanged }));
    const id = await until('a session of that shard', async () => {
      const { sessionId } = appendOf();
      const shard = await cluster.shardOf(keys.session(sessionId));
      return shard.master === master ? sessionId : undefined;
    });
    await master.kill();
    await failureOf(store, id);
    await until('the replica to be served', () => store.append(appendOf({ sessionId: id })));
    await until('no circuit to be open', () => changes.at(-1)?.isOpen !== true || undefined);
  });
});
