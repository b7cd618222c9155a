// A real Redis Cluster: three masters with one replica each, put together by CLUSTER commands.

import { freePorts } from './free-ports.ts';
import {
  prepareRedisServer,
  type RedisServer,
  type RedisServerOptions,
  type ServerTls,
} from './redis-server.ts';
import { until } from './until.ts';

const MASTERS = 3;
const SLOTS = 16_384;
/** A master that is silent for so long is replaced by its replica. */
export const NODE_TIMEOUT_MS = 1500;

/** One shard as it was set up. After a failover the two have changed roles. */
export type Shard = { master: RedisServer; replica: RedisServer };

export type RedisCluster = {
  servers: RedisServer[];
  shards: Shard[];
  /** The shard that was set up to hold a key. */
  shardOf(key: string): Promise<Shard>;
  slotOf(key: string): Promise<number>;
  stop(): Promise<void>;
};

/** Starts a cluster, and waits until it serves all slots and every replica follows its master. */
export async function startRedisCluster({
  tls,
  settings = {},
  prepare = async () => ({}),
}: {
  tls?: ServerTls;
  settings?: Record<string, string>;
  /** What differs from one server to another. */
  prepare?: (ports: { port: number; busPort: number }) => Promise<RedisServerOptions>;
} = {}): Promise<RedisCluster> {
  const ports = await freePorts(4 * MASTERS);
  const busPortOf = new Map<RedisServer, number>();
  const servers: RedisServer[] = [];
  for (const [place, port] of ports.slice(0, 2 * MASTERS).entries()) {
    const busPort = ports[place + 2 * MASTERS] ?? 0;
    const own = await prepare({ port, busPort });
    const server = await prepareRedisServer({
      port,
      ...own,
      settings: { ...clusterSettings(busPort), ...settings, ...own.settings },
      ...(tls && { tls }),
    });
    busPortOf.set(server, busPort);
    servers.push(server);
  }
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const shards = Array.from({ length: MASTERS }, (_, place) => ({
    master: servers[place] as RedisServer,
    replica: servers[place + MASTERS] as RedisServer,
  }));
  try {
    await Promise.all(servers.map((server) => server.start()));
    await shareSlots(shards);
    await meet(servers, busPortOf);
    await followMasters(shards);
    await Promise.all(servers.map(untilServing));
  } catch (error) {
    await stop();
    throw error;
  }

  const slotOf = async (key: string) =>
    Number(await Promise.any(servers.map((server) => server.client.cluster('KEYSLOT', key))));
  return {
    servers,
    shards,
    slotOf,
    async shardOf(key) {
      const slot = await slotOf(key);
      return shards.find((_, place) => slot < firstSlot(place + 1)) as Shard;
    },
    stop,
  };
}

function clusterSettings(busPort: number): Record<string, string> {
  return {
    'cluster-enabled': 'yes',
    'cluster-port': `${busPort}`,
    'cluster-node-timeout': `${NODE_TIMEOUT_MS}`,
    // A shard without a master leaves the others serving.
    'cluster-require-full-coverage': 'no',
    'cluster-allow-replica-migration': 'no',
    'repl-diskless-sync-delay': '0',
    // A replica is listed once it has heard its master; the default lets it wait for 10 s.
    'repl-ping-replica-period': '1',
  };
}

function firstSlot(place: number): number {
  return Math.ceil((place * SLOTS) / MASTERS);
}

async function shareSlots(shards: Shard[]): Promise<void> {
  for (const [place, { master }] of shards.entries()) {
    // Epochs of their own spare the masters the time to settle who is right.
    await master.client.cluster('SET-CONFIG-EPOCH', place + 1);
    await master.client.cluster('ADDSLOTSRANGE', firstSlot(place), firstSlot(place + 1) - 1);
  }
}

async function meet(servers: RedisServer[], busPortOf: Map<RedisServer, number>): Promise<void> {
  const [first, ...others] = servers;
  for (const other of others) {
    await first?.client.call('CLUSTER', [
      'MEET',
      other.host,
      other.port,
      busPortOf.get(other) ?? 0,
    ]);
  }
  await Promise.all(
    servers.map((server) =>
      until(`${server.port} knowing all servers`, async () => {
        const known = String(await server.client.cluster('NODES'))
          .trim()
          .split('\n');
        return known.length === servers.length && !known.some((line) => line.includes('handshake'))
          ? known
          : undefined;
      }),
    ),
  );
}

async function followMasters(shards: Shard[]): Promise<void> {
  for (const { master, replica } of shards) {
    await replica.client.cluster('REPLICATE', String(await master.client.cluster('MYID')));
  }
  await Promise.all(shards.map(untilFollowing));
}

/** Waits until a replica follows its master without a gap. */
export async function untilFollowing({ replica }: Shard): Promise<void> {
  await until(`${replica.port} following its master`, async () =>
    /master_link_status:up/.test(await replica.client.info('replication')) ? true : undefined,
  );
}

/** Waits until all that serve know that a shard's replica took over. Until then the client may
 * ask one that still names the old master, and go back to it. */
export async function untilReplaced(
  { servers }: RedisCluster,
  { master, replica }: Shard,
): Promise<void> {
  for (const server of servers.filter((each) => each.isServing())) {
    await until(`${server.port} knowing that ${replica.port} took over`, async () => {
      const masters = (await server.client.cluster('SLOTS')).map(([, , node]) => node?.[1]);
      return (masters.includes(replica.port) && !masters.includes(master.port)) || undefined;
    });
  }
}

async function untilServing(server: RedisServer): Promise<void> {
  await until(`${server.port} serving`, async () => {
    const state = String(await server.client.cluster('INFO'));
    const slots = (await server.client.cluster('SLOTS')) as unknown[][];
    const whole = slots.length === MASTERS && slots.every((range) => range.length === 4);
    return whole && /cluster_state:ok/.test(state) ? true : undefined;
  });
}
