import { SESSION_MARK, slotBody, stateBody } from '../example-update.ts';
import { restore, save, webhookLoad } from '../load/webhook-load.ts';
import { costsOf, type GrowthOptions, type Point, type Series } from './measured.ts';
import { fill, inPlace, usedBytes } from './place.ts';

const SESSIONS = 50;

/** Small updates into sessions of these sizes, and restores of them. */
export async function overSessionSize(options: GrowthOptions): Promise<Series> {
  const points = await inPlace(options, async (place) => {
    const { service, redis } = place;
    const measured: Point[] = [];
    for (const [order, at] of options.plan.kilobytes.entries()) {
      const sessions = { firstSession: order * SESSIONS, sessions: SESSIONS };
      const before = await usedBytes(place);
      await fill(place, stateBody(SESSION_MARK, at * 1000), { ...options, sessions });
      const redisBytes = ((await usedBytes(place)) - before) / SESSIONS;
      const load = (message: ReturnType<typeof save>) => ({
        ...webhookLoad(service.port, message, sessions),
        // One update of a session at a time.
        inFlight: SESSIONS / 2,
      });
      const loads = { save: load(save(slotBody())), restore: load(restore()) };
      const costs = await costsOf({ server: service, redis: [redis], ...loads }, options);
      measured.push({ at, ...costs, redisBytes });
    }
    return measured;
  });
  return { name: 'kilobytes', title: 'kB of state in the session', points };
}
