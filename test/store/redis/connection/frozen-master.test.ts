// One master of a cluster is frozen: calls for it fail at once, the other shards are as quick as
// before.

import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, keys, openStore } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { refusalOf } from './refused-calls.ts';

/** More than a call to a server that is well takes on a busy machine. */
const COMMAND_TIMEOUT_MS = 1000;
const CALLS = 300;

let cluster: RedisCluster;
let store: SessionStore;
let changes: { address: string; isOpen: boolean; open: number }[];

beforeAll(async () => {
  // Nobody replaces the frozen master: that is another test's.
  cluster = await startRedisCluster({ settings: { 'cluster-replica-no-failover': 'yes' } });
  changes = [];
  store = await openStore(clusterTarget(cluster.servers), {
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    onCircuitChanged: (changed) => changes.push(changed),
  });
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});
beforeEach(() => {
  changes.length = 0;
});

/** An id of a session in that shard, or in another one. */
async function sessionIn(master: RedisCluster['shards'][number]['master'], isOther = false) {
  return await until('a session of that shard', async () => {
    const { sessionId } = appendOf();
    const shard = await cluster.shardOf(keys.session(sessionId));
    return (shard.master === master) === isOther ? undefined : sessionId;
  });
}

/** The milliseconds that calls for sessions of other shards take, the slowest hundredth left out. */
async function slowestOf(sessionIds: string[]): Promise<number> {
  const took: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const startedMs = performance.now();
    await store.append(appendOf({ sessionId: sessionIds[call % sessionIds.length] ?? '' }));
    took.push(performance.now() - startedMs);
  }
  return took.sort((a, b) => a - b)[Math.floor(CALLS * 0.99)] ?? 0;
}

it('a frozen master fails fast, and the other shards do not notice', async () => {
  const [{ master }] = cluster.shards as [RedisCluster['shards'][number]];
  const frozen = await sessionIn(master);
  const healthy = await Promise.all(Array.from({ length: 10 }, () => sessionIn(master, true)));
  const beforeMs = await slowestOf(healthy);
  master.pause();

  const first = Array.from({ length: 5 }, () =>
    refusalOf(store.append(appendOf({ sessionId: frozen }))),
  );
  expect((await Promise.all(first)).join()).toContain(`timeout after ${COMMAND_TIMEOUT_MS} ms`);
  // A connection that is lost at the first timeout fails the others for another reason.
  await until('the circuit to open', async () => {
    if (changes.length === 0) await refusalOf(store.append(appendOf({ sessionId: frozen })));
    return changes.length > 0 ? true : undefined;
  });
  expect(changes[0]).toMatchObject({ address: `127.0.0.1:${master.port}`, isOpen: true, open: 1 });

  const startedMs = performance.now();
  for (let call = 0; call < 100; call++) {
    const message = await refusalOf(store.append(appendOf({ sessionId: frozen })));
    // By its open circuit, or because there is no connection to it any more.
    expect(message).toMatch(/timeout after 1000 ms|not connected/);
  }
  expect(performance.now() - startedMs).toBeLessThan(COMMAND_TIMEOUT_MS);

  // While calls for the frozen one go on failing next to them.
  let isMeasured = false;
  const next = (async () => {
    while (!isMeasured) {
      await refusalOf(store.append(appendOf({ sessionId: frozen })));
      // A refusal at once would leave the others no turn.
      await setImmediate();
    }
  })();
  const duringMs = await slowestOf(healthy).finally(() => {
    isMeasured = true;
  });
  await next;
  expect(duringMs).toBeLessThan(Math.max(COMMAND_TIMEOUT_MS / 4, 5 * beforeMs));

  master.resume();
  await until('the master to be served', async () => {
    await store.append(appendOf({ sessionId: frozen }));
    return true;
  });
  expect(changes.at(-1)).toMatchObject({ isOpen: false, open: 0 });
});
