import { slotBody } from '../example-update.ts';
import { restore, save, webhookLoad } from '../load/webhook-load.ts';
import { costsOf, type GrowthOptions, type Point, type Series, sessionsFor } from './measured.ts';
import { inPlace } from './place.ts';

const SESSIONS_MIN = 20;
/** For each point, so that the updates of the measurement itself are few against those before. */
const UPDATES_BEFORE = 200_000;

/** Sessions that have had so many small updates before: the same state, a longer past. */
export async function overUpdates(options: GrowthOptions): Promise<Series> {
  const { plan, loadProcess } = options;
  const points = await inPlace({ loadProcess }, async ({ service, redis }) => {
    const measured: Point[] = [];
    let firstSession = 0;
    for (const at of plan.updates) {
      const count = Math.min(sessionsFor(plan), Math.round(UPDATES_BEFORE / at));
      const sessions = { firstSession, sessions: Math.max(SESSIONS_MIN, count) };
      firstSession += sessions.sessions;
      const saves = {
        ...webhookLoad(service.port, save(slotBody()), sessions),
        // One update of a session at a time.
        inFlight: SESSIONS_MIN / 2,
      };
      await loadProcess.run({ ...saves, firstRequest: 0, requests: at * sessions.sessions });
      const loads = {
        save: saves,
        restore: webhookLoad(service.port, restore(), sessions),
      };
      const costs = await costsOf({ server: service, redis: [redis], ...loads }, options);
      measured.push({ at, ...costs });
    }
    return measured;
  });
  return { name: 'updates', title: 'updates before', points };
}
