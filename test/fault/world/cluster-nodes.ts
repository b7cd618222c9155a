// What the nodes of a cluster know of each other.

import type { RedisServer } from '../../support/redis-server.ts';

/** One line of CLUSTER NODES. */
type KnownNode = { id: string; flags: string[]; epoch: number; slots: number };

/** What one node knows of all. */
export async function nodesKnownBy({ client }: RedisServer): Promise<KnownNode[]> {
  const lines = String(await client.cluster('NODES'))
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [id = '', , flags = '', , , , epoch = '', , ...slots] = line.split(' ');
    return {
      id,
      flags: flags.split(','),
      epoch: Number(epoch),
      slots: slots.filter((range) => !range.startsWith('[')).length,
    };
  });
}

/** The id of the newest master among these nodes, as those that answer know them. */
export async function newestMaster(
  asked: readonly RedisServer[],
  ids: ReadonlySet<string>,
): Promise<string | undefined> {
  const views = await Promise.allSettled(asked.map(nodesKnownBy));
  const masters = views
    .flatMap((view) => (view.status === 'fulfilled' ? view.value : []))
    .filter(({ id, flags, slots }) => ids.has(id) && flags.includes('master') && slots > 0);
  return masters.sort((one, other) => other.epoch - one.epoch)[0]?.id;
}
