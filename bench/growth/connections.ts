import { slotBody, turnBody } from '../example-update.ts';
import { restore, save, webhookLoad } from '../load/webhook-load.ts';
import { costsOf, type GrowthOptions, type Point, type Series, sessionsFor } from './measured.ts';
import { fill, inPlace } from './place.ts';

/** So many HTTP/1.1 connections, with one request in flight on each. */
export async function overConnections(options: GrowthOptions): Promise<Series> {
  const points = await inPlace(options, async (place) => {
    const { service, redis } = place;
    const measured: Point[] = [];
    for (const [order, at] of options.plan.connections.entries()) {
      const count = sessionsFor(options.plan);
      const sessions = { firstSession: order * count, sessions: count };
      await fill(place, turnBody(), { ...options, sessions });
      const load = (message: ReturnType<typeof save>) => ({
        ...webhookLoad(service.port, message, sessions),
        inFlight: at,
      });
      const loads = { save: load(save(slotBody())), restore: load(restore()) };
      const costs = await costsOf({ server: service, redis: [redis], ...loads }, options);
      measured.push({ at, ...costs });
    }
    return measured;
  });
  return { name: 'connections', title: 'connections, all in use', points };
}
