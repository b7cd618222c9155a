// Real sentinels that watch a real master with its replicas.

import type { RedisTarget } from '../../src/store/redis/connection/topology.ts';
import { freePorts } from './free-ports.ts';
import { prepareRedisServer, type RedisServer, type ServerTls } from './redis-server.ts';
import { until } from './until.ts';

export const MASTER_NAME = 'mymaster';

const PROBE_KEY = 'probe of the replication';
const SENTINELS = 3;
const REPLICAS = 2;
const QUORUM = 2;
/** A master that is silent for so long is replaced. */
export const DOWN_AFTER_MS = 1500;
/** A failover that takes longer is given up; the next one is tried after twice as long. */
const FAILOVER_TIMEOUT_MS = 6000;
/** How often sentinels ask their servers what these are and publish what they know, by which they
 * find each other and make replicas of former masters. A sentinel that has not heard of a failover
 * for four periods takes the new master for a former one and makes a replica of it again; so they
 * may not be hurried too much. */
const USUAL_MS = { 'info-period': 10_000, 'publish-period': 2000 };
const HURRIED_MS = { 'info-period': 100, 'publish-period': 500 };

export type RedisSentinels = {
  /** The first is the master at the start. */
  servers: RedisServer[];
  sentinels: RedisServer[];
  target: Extract<RedisTarget, { kind: 'sentinel' }>;
  /** As STORE_URL takes it. */
  url: string;
  /** The server that the sentinels name. */
  master(): Promise<RedisServer>;
  /** Waits until the sentinels name another master than this one. */
  untilReplaced(master: RedisServer): Promise<RedisServer>;
  /** Waits, less long than it takes by itself, until all servers are there and follow the master. */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
};

/** What differs from one group to another. */
export type RedisSentinelsOptions = {
  /** Of the servers with the data. */
  password?: string;
  sentinelPassword?: string;
  downAfterMs?: number;
  /** Of all servers and sentinels. */
  tls?: ServerTls;
  settings?: Record<string, string>;
  /** The port by which others reach a server with data; its own by default. */
  announce?: (port: number) => Promise<number>;
};

/** Starts three sentinels, a master and two replicas, and waits until they know each other. */
export async function startRedisSentinels(
  options: RedisSentinelsOptions = {},
): Promise<RedisSentinels> {
  const group = await prepareRedisSentinels(options);
  const { servers, sentinels } = group;
  try {
    await Promise.all(servers.map((server) => server.start()));
    await untilFollowed(servers[0] as RedisServer);
    await Promise.all(sentinels.map((sentinel) => sentinel.start()));
    await hurried(sentinels, () => Promise.all(sentinels.map(untilAcquainted)));
  } catch (error) {
    await group.stop();
    throw error;
  }
  return group;
}

async function prepareRedisSentinels(options: RedisSentinelsOptions): Promise<RedisSentinels> {
  const { password, sentinelPassword, tls, announce = async (port) => port } = options;
  const ports = await freePorts(1 + REPLICAS + SENTINELS);
  const dataPorts = ports.splice(0, 1 + REPLICAS);
  const announced = await Promise.all(dataPorts.map(announce));
  const [masterPort = 0] = announced;
  const settings = {
    ...options.settings,
    'repl-diskless-sync-delay': '0',
    'repl-ping-replica-period': '1',
    ...(password && { requirepass: password, masterauth: password }),
  };
  const following = { ...settings, replicaof: `127.0.0.1 ${masterPort}` };
  const prepare = (given: Parameters<typeof prepareRedisServer>[0]) =>
    prepareRedisServer({ ...given, ...(tls && { tls }) });
  const servers: RedisServer[] = [];
  for (const [place, port] of dataPorts.entries()) {
    const own = {
      ...(place === 0 ? settings : following),
      'replica-announce-port': `${announced[place]}`,
    };
    servers.push(await prepare({ port, settings: own }));
  }
  const sentinels: RedisServer[] = [];
  for (const port of ports) {
    const sentinel = sentinelLines(masterPort, options);
    const secret = sentinelPassword ? { requirepass: sentinelPassword } : {};
    sentinels.push(await prepare({ port, sentinel, settings: secret }));
  }
  const addresses = sentinels.map(({ host, port }) => ({ host, port }));
  const hosts = addresses.map(({ host, port }) => `${host}:${port}`).join(',');

  const master = async () => {
    const named = await Promise.any(sentinels.map(masterPortAt));
    return servers[announced.indexOf(named)] as RedisServer;
  };
  return {
    servers,
    sentinels,
    target: { kind: 'sentinel', sentinels: addresses, name: MASTER_NAME },
    url: `redis${tls ? 's' : ''}+sentinel://${hosts}/${MASTER_NAME}`,
    master,
    untilReplaced: (replaced) =>
      until(`another master than ${replaced.port}`, async () => {
        const now = await master();
        return now === replaced ? undefined : now;
      }),
    untilWhole: () =>
      hurried(sentinels, async () => {
        await Promise.all(sentinels.map(untilCalm));
        const now = await master();
        await follow({ servers, master: now, port: announced[servers.indexOf(now)] ?? 0 });
        await untilFollowed(now);
      }),
    async stop() {
      await Promise.all([...servers, ...sentinels].map((server) => server.stop()));
    },
  };
}

/** The file of a sentinel; `password` is that of the servers with the data. */
export function sentinelLines(masterPort: number, options: RedisSentinelsOptions): string[] {
  const { password, sentinelPassword, downAfterMs = DOWN_AFTER_MS } = options;
  return [
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${MASTER_NAME} ${FAILOVER_TIMEOUT_MS}`,
    ...(password ? [`sentinel auth-pass ${MASTER_NAME} ${password}`] : []),
    ...(sentinelPassword ? [`sentinel sentinel-pass ${sentinelPassword}`] : []),
  ];
}

async function masterPortAt({ client }: RedisServer): Promise<number> {
  const address = (await client.call('SENTINEL', [
    'get-master-addr-by-name',
    MASTER_NAME,
  ])) as string[];
  return Number(address[1]);
}

/** Makes replicas of all but the master, as the sentinels would in their own time. */
async function follow({
  servers,
  master,
  port,
}: {
  servers: RedisServer[];
  master: RedisServer;
  /** As others reach the master. */
  port: number;
}): Promise<void> {
  await master.client.replicaof('NO', 'ONE');
  const replicas = servers.filter((server) => server !== master);
  await Promise.all(replicas.map(({ client }) => client.replicaof(master.host, port)));
}

async function untilFollowed(master: RedisServer): Promise<void> {
  await until(`${master.port} having its replicas`, async () => {
    const online = (await master.client.info('replication')).match(/state=online/g);
    return online?.length === REPLICAS ? true : undefined;
  });
  await untilReplicated(master);
}

/** Waits until all replicas have what was written so far. A master lists a replica as online some
 * time before it begins to send to it; and WAIT counts from the latest write of its own connection,
 * so there is one. */
export async function untilReplicated({ port, client }: RedisServer): Promise<void> {
  await until(`the replicas of ${port} having what it has`, async () => {
    await client.set(PROBE_KEY, '');
    await client.del(PROBE_KEY);
    return (await client.wait(REPLICAS, 1000)) === REPLICAS ? true : undefined;
  });
}

async function untilAcquainted(sentinel: RedisServer): Promise<void> {
  await until(`the sentinel ${sentinel.port} knowing all others`, async () => {
    const fact = await masterFacts(sentinel);
    const knowsSentinels = fact('num-other-sentinels') === `${SENTINELS - 1}`;
    return (knowsSentinels && fact('num-slaves') === `${REPLICAS}`) || undefined;
  });
}

/** Waits until the last failover is over in the eyes of a sentinel. */
async function untilCalm(sentinel: RedisServer): Promise<void> {
  await until(`the sentinel ${sentinel.port} at rest`, async () =>
    (await masterFacts(sentinel))('flags') === 'master' ? true : undefined,
  );
}

/** What a sentinel knows of the master, by name. */
async function masterFacts({ client }: RedisServer): Promise<(name: string) => string | undefined> {
  const facts = (await client.call('SENTINEL', ['master', MASTER_NAME])) as string[];
  return (name) => facts[facts.indexOf(name) + 1];
}

/** Lets the sentinels ask and publish more often during `work`. */
async function hurried(sentinels: RedisServer[], work: () => Promise<unknown>): Promise<void> {
  const pace = (periods: Record<string, number>) =>
    Promise.all(
      sentinels.map(({ client }) =>
        client.call('SENTINEL', ['DEBUG', ...Object.entries(periods).flat()]),
      ),
    );
  await pace(HURRIED_MS);
  await work();
  await pace(USUAL_MS);
}
