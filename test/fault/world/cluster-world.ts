// A Redis Cluster of three masters with a replica each, every port behind a proxy.

import { slotOfKey } from '../../../src/store/redis/connection/slot-of-key.ts';
import { createKeys } from '../../../src/store/redis/session-key.ts';
import { NODE_TIMEOUT_MS, startRedisCluster } from '../../support/redis-cluster.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { newestMaster, nodesKnownBy } from './cluster-nodes.ts';
import { createNetwork } from './network.ts';
import { untilAnswering, untilInSync } from './replication.ts';
import { createServerClocks } from './server-clocks.ts';
import { ON_DISK } from './server-settings.ts';
import { startSidecars, untilReady } from './start-sidecars.ts';
import { until } from './until.ts';
import type { Shard, World, WorldOptions } from './world.ts';

const SLOTS = 16_384;
const keys = createKeys('cgs:');

export async function startClusterWorld(options: WorldOptions): Promise<World> {
  const network = createNetwork();
  const clocks = options.hasClocks ? createServerClocks() : undefined;
  const cluster = await startRedisCluster({
    settings: ON_DISK,
    async prepare({ port, busPort }) {
      const [front, busFront] = await Promise.all([
        network.front(`${port}`, port),
        network.front(`${port}`, busPort, { isBus: true }),
      ]);
      return {
        settings: {
          'cluster-announce-port': `${front}`,
          'cluster-announce-bus-port': `${busFront}`,
        },
        ...(clocks && { environment: clocks.environmentOf(port) }),
      };
    },
  });
  const { servers } = cluster;
  for (const server of servers) network.name(`${server.port}`, server.pid);
  const idOf = new Map<RedisServer, string>();
  for (const server of servers) idOf.set(server, String(await server.client.cluster('MYID')));
  const shards = cluster.shards.map(({ master, replica }, place) =>
    createShard(`shard-${place + 1}`, [master, replica]),
  );
  const moved = new Map<number, number>();
  const store = { STORE_URL: `redis+cluster://${await seedNodes()}` };
  const { sidecars, stop } = await startSidecars(options, { store, network }).catch(
    async (error) => {
      await cluster.stop();
      network.close();
      throw error;
    },
  );

  return {
    kind: 'cluster',
    detectedWithinMs: NODE_TIMEOUT_MS,
    sidecars,
    network,
    shards,
    moved,
    slotOf,
    setClock: clocks && (({ port }, offsetMs) => clocks.set(port, offsetMs)),
    shardOf(sessionId) {
      const slot = slotOf(sessionId);
      return moved.get(slot) ?? Math.floor((slot * shards.length) / SLOTS);
    },
    async untilWhole() {
      await untilAnswering(servers);
      await Promise.all(servers.map(untilAllAreKnown));
      for (const shard of shards) {
        const master = await shard.master();
        await untilInSync(
          master,
          shard.servers.filter((server) => server !== master),
        );
      }
      await untilReady(sidecars);
    },
    async stop() {
      await stop();
      await cluster.stop();
      network.close();
      clocks?.remove();
    },
  };

  function slotOf(sessionId: string): number {
    return slotOfKey(keys.session(sessionId));
  }

  /** As the sidecars reach them: behind the proxies. */
  async function seedNodes(): Promise<string> {
    const ranges = await (servers[0] as RedisServer).client.cluster('SLOTS');
    return ranges
      .flatMap(([, , ...nodes]) => nodes.map(([, port]) => `127.0.0.1:${port}`))
      .join(',');
  }

  function createShard(name: string, ofShard: readonly RedisServer[]): Shard {
    const ids = new Set(ofShard.map((server) => idOf.get(server) as string));
    const master = async () => {
      const serving = servers.filter((server) => server.isServing());
      const id = await newestMaster(serving, ids);
      return ofShard.find((server) => idOf.get(server) === id) as RedisServer;
    };
    const untilReplaced = async (former: RedisServer) => {
      await until(`another master than ${former.port}`, async () => {
        const now = await master();
        return (now !== undefined && now !== former) || undefined;
      });
    };
    return {
      name,
      servers: ofShard,
      master,
      untilReplaced,
      async failOver() {
        const former = await master();
        const replica = ofShard.find((server) => server !== former);
        await replica?.client.cluster('FAILOVER');
        await untilReplaced(former);
      },
    };
  }

  /** Waits until a server reaches all others, and all slots are served. */
  async function untilAllAreKnown(server: RedisServer): Promise<void> {
    await until(`${server.port} reaching all others`, async () => {
      const nodes = await nodesKnownBy(server);
      const info = String(await server.client.cluster('INFO'));
      const isWhole = /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info);
      const isReached = nodes.every(
        ({ flags }) => !flags.some((flag) => /fail|handshake/.test(flag)),
      );
      const masters = nodes.filter(({ flags, slots }) => flags.includes('master') && slots > 0);
      return (isWhole && isReached && masters.length === shards.length) || undefined;
    });
  }
}
