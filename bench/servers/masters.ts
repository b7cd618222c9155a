// Clusters of Redis, masters alone: replicas take their share of a machine's few cores, and what
// they cost a master is not what is measured.

import { freePorts } from '../../test/support/free-ports.ts';
import { type RedisServer, startRedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';

const SLOTS = 16_384;

/** Starts this many masters, which share the slots evenly. */
export async function startMasters(count: number): Promise<RedisServer[]> {
  const busPorts = await freePorts(count);
  const masters = await Promise.all(
    busPorts.map((busPort) =>
      startRedisServer({
        settings: { 'cluster-enabled': 'yes', 'cluster-port': `${busPort}` },
      }),
    ),
  );
  const [first] = masters as [RedisServer];
  const firstSlot = (place: number) => Math.ceil((place * SLOTS) / count);
  for (const [place, { client, host, port }] of masters.entries()) {
    await client.cluster('SET-CONFIG-EPOCH', place + 1);
    await client.cluster('ADDSLOTSRANGE', firstSlot(place), firstSlot(place + 1) - 1);
    if (place > 0)
      await first.client.call('CLUSTER', ['MEET', host, port, busPorts[place] as number]);
  }
  await Promise.all(
    masters.map(({ client, port }) =>
      until(`${port} serving`, async () => {
        const info = String(await client.cluster('INFO'));
        const isWhole = info.includes(`cluster_known_nodes:${count}`);
        return (isWhole && info.includes('cluster_state:ok')) || undefined;
      }),
    ),
  );
  return masters;
}

/** Their URL for the service. */
export function clusterUrl(masters: readonly RedisServer[]): string {
  return `redis+cluster://${masters.map(({ host, port }) => `${host}:${port}`).join(',')}`;
}
