// A master of a cluster dies or hangs, and its replica takes over. The callers here try again, as
// the service does; the shards that are well are asked once.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Append,
  type SessionStore,
  StoreUnavailable,
} from '../../../../src/store/session-store.ts';
import {
  type RedisCluster,
  type Shard,
  startRedisCluster,
  untilReplaced,
} from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, openStore } from '../../../support/redis-store.ts';
import { sessionIdIn } from '../../../support/shard-ids.ts';
import { until } from '../../../support/until.ts';

/** Long for a call that is served on a busy machine, short for one that is not. */
const COMMAND_TIMEOUT_MS = 600;
const AT_ONCE_MS = 250;
/** A node timeout, an election and a look at the map, with room for a busy machine. */
const FAILOVER_MS = 15_000;

let cluster: RedisCluster;
let store: SessionStore;
let failing: Shard;
let well: Shard[];
const unharmed: Shard[] = [];

beforeAll(async () => {
  cluster = await startRedisCluster();
  unharmed.push(...cluster.shards);
  // Nothing but a failure makes the client look at the map.
  const options = { commandTimeoutMs: COMMAND_TIMEOUT_MS, topologyRefreshMs: 3_600_000 };
  store = await openStore(clusterTarget(cluster.servers), options);
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});
beforeEach(() => {
  failing = unharmed.pop() as Shard;
  well = cluster.shards.filter((shard) => shard !== failing);
});

/** Lets the replica of a shard take over from its master, or not yet. */
async function mayTakeOver({ replica }: Shard, may: boolean): Promise<void> {
  await replica.client.config('SET', 'cluster-replica-no-failover', may ? 'no' : 'yes');
}

type Refused = { message: string; afterMs: number };

/** Tries until the update is stored, and adds to `refusals` how and how soon that was refused. */
async function storeEventually(append: Append, refusals: Refused[]): Promise<void> {
  const attempt = async (): Promise<string | undefined> => {
    const askedMs = performance.now();
    try {
      return (await store.append(append)).status;
    } catch (error) {
      const message = error instanceof StoreUnavailable ? error.message : `not a refusal: ${error}`;
      refusals.push({ message, afterMs: performance.now() - askedMs });
      return undefined;
    }
  };
  await until('the update to be stored', attempt, FAILOVER_MS);
}

/** Uses the shards that are well, one call after the other, until `done`. Every call must be
 * answered. */
async function useTheOthers(done: Promise<unknown>): Promise<number> {
  const ids = await Promise.all(
    well.map((shard) => sessionIdIn(cluster, shard, `beside ${failing.master.port}`)),
  );
  let over = false;
  const end = done.finally(() => {
    over = true;
  });
  let appended = 0;
  while (!over) {
    for (const sessionId of ids)
      expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'stored' });
    appended++;
    for (const sessionId of ids) {
      if (appended % 50 === 0) expect((await store.read(sessionId))?.frames).toHaveLength(appended);
    }
    await store.ping();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await end;
  return appended;
}

describe.each([
  [
    'dies',
    (shard: Shard) => shard.master.kill(),
    /ECONNREFUSED|ECONNRESET|not connected|CLUSTERDOWN/,
  ],
  [
    'hangs',
    (shard: Shard) => shard.master.pause(),
    /timeout after 600 ms|not connected|CLUSTERDOWN/,
  ],
])('a master that %s', (_, fail, reason) => {
  it('costs its shard refusals that name it, until its replica serves, and the other shards nothing', async () => {
    const sessionId = await sessionIdIn(cluster, failing, 'served by one that fails');
    const appends = Array.from({ length: 3 }, () => appendOf({ sessionId }));
    for (const append of appends) await store.append(append);
    await failing.master.client.call('WAIT', [1, 5000]);

    // The replica takes over once there were enough refusals, however fast the machine is.
    await mayTakeOver(failing, false);
    await fail(failing);
    const append = appendOf({ sessionId });
    const refusals: Refused[] = [];
    const stored = storeEventually(append, refusals);
    const used = useTheOthers(stored);
    await until('enough refusals', () => refusals.length > 10 || undefined);
    await mayTakeOver(failing, true);
    expect(await used).toBeGreaterThan(10);
    await stored;
    expect(refusals.length).toBeGreaterThan(10);
    for (const { message, afterMs } of refusals) {
      expect(message).toMatch(reason);
      expect(afterMs).toBeLessThan(COMMAND_TIMEOUT_MS + 500);
    }
    expect(refusals.map(({ message }) => message).join()).toContain(
      `127.0.0.1:${failing.master.port}`,
    );
    // Where there is no connection to send on, nothing waits for one.
    const soon = refusals.filter(({ afterMs }) => afterMs < AT_ONCE_MS);
    expect(soon.length).toBeGreaterThan(refusals.length / 2);

    await untilReplaced(cluster, failing);
    const session = await until('the replica to serve', () => store.read(sessionId));
    expect(await store.append(append)).toMatchObject({ status: 'known', revision: 4 });
    expect(session.frames.map((frame) => frame.name)).toEqual(
      [...appends, append].map(({ updateId }) => updateId),
    );
    failing.master.resume();
  });
});

it('a whole cluster that was away is found again', async () => {
  await Promise.all(cluster.servers.map((server) => server.kill()));
  await expect(store.ping()).rejects.toThrow(StoreUnavailable);
  await Promise.all(cluster.servers.map((server) => server.start()));
  await until('the cluster to be served', async () => {
    await store.ping();
    for (const shard of cluster.shards)
      await store.append(appendOf({ sessionId: await sessionIdIn(cluster, shard, 'x') }));
    return true;
  });
});
