// A master with two replicas that three sentinels watch, every server with data behind a proxy.

import {
  DOWN_AFTER_MS,
  type RedisSentinels,
  startRedisSentinels,
} from '../../support/redis-sentinel.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { createNetwork } from './network.ts';
import { untilAnswering, untilInSync } from './replication.ts';
import { ON_DISK } from './server-settings.ts';
import { startSidecars, untilReady } from './start-sidecars.ts';
import { until } from './until.ts';
import type { Shard, World, WorldOptions } from './world.ts';

export async function startSentinelWorld(options: WorldOptions): Promise<World> {
  const network = createNetwork();
  const group = await startRedisSentinels({
    settings: ON_DISK,
    announce: (port) => network.front(`${port}`, port),
  });
  for (const server of [...group.servers, ...group.sentinels])
    network.name(`${server.port}`, server.pid);
  const shard = createShard(group);
  const store = { STORE_URL: group.url };
  const { sidecars, stop } = await startSidecars(options, { store, network }).catch(
    async (error) => {
      await group.stop();
      network.close();
      throw error;
    },
  );
  return {
    kind: 'sentinel',
    detectedWithinMs: DOWN_AFTER_MS,
    sidecars,
    network,
    shards: [shard],
    shardOf: () => 0,
    async untilWhole() {
      await untilAnswering([...group.servers, ...group.sentinels]);
      // Sentinels close the connections of a server whose role they change.
      await until('the group to be whole', async () => {
        await group.untilWhole();
        return true;
      });
      const master = await group.master();
      await untilInSync(
        master,
        group.servers.filter((server) => server !== master),
      );
      await untilReady(sidecars);
    },
    async stop() {
      await stop();
      await group.stop();
      network.close();
    },
  };
}

function createShard(group: RedisSentinels): Shard {
  const untilReplaced = async (former: RedisServer) => {
    await group.untilReplaced(former);
  };
  return {
    name: 'group',
    servers: group.servers,
    master: () => group.master(),
    untilReplaced,
    async failOver() {
      const former = await group.master();
      // Refused while an earlier failover is too recent.
      await until('a sentinel to begin the failover', async () => {
        const [sentinel] = group.sentinels;
        return (
          (await sentinel?.client.call('SENTINEL', ['FAILOVER', 'mymaster'])) === 'OK' || undefined
        );
      });
      await untilReplaced(former);
    },
  };
}
