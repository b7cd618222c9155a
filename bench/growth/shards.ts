import { SESSION_MARK, slotBody, turnBody } from '../example-update.ts';
import { restore, save, webhookLoad } from '../load/webhook-load.ts';
import { clusterUrl, startMasters } from '../servers/masters.ts';
import { startService } from '../servers/start.ts';
import { costsOf, type GrowthOptions, type Point, type Series, sessionsFor } from './measured.ts';
import { fill, warmUp } from './place.ts';

/** Clusters of so many masters on this machine: their cores are shared, so this shows what a shard
 * adds to the cost of a request, not what more machines can do. */
export async function overShards(options: GrowthOptions): Promise<Series> {
  const points: Point[] = [];
  for (const at of options.plan.shards) points.push(await withShards(at, options));
  return { name: 'shards', title: 'shards of the cluster', points };
}

async function withShards(at: number, options: GrowthOptions): Promise<Point> {
  const redis = await startMasters(at);
  const service = await startService({ url: clusterUrl(redis) });
  try {
    await warmUp({ service }, options.loadProcess);
    const body = turnBody({ userId: `user-of-${SESSION_MARK}` });
    const sessions = { firstSession: 0, sessions: sessionsFor(options.plan) };
    await fill({ service }, body, { ...options, sessions });
    const loads = {
      save: webhookLoad(service.port, save(slotBody()), sessions),
      restore: webhookLoad(service.port, restore(), sessions),
    };
    const costs = await costsOf({ server: service, redis, ...loads }, options);
    const [saves, restores] = [costs.save.scripts, costs.restore.scripts];
    const note = `${saves.toFixed(2)} and ${restores.toFixed(2)} round trips`;
    return { at, ...costs, note };
  } finally {
    await Promise.all([service, ...redis].map((server) => server.stop()));
  }
}
