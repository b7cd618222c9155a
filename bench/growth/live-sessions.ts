import { SESSION_MARK, slotBody, turnBody } from '../example-update.ts';
import { restore, save, webhookLoad } from '../load/webhook-load.ts';
import { costsOf, type GrowthOptions, type Point, type Series } from './measured.ts';
import { fill, inPlace, usedBytes } from './place.ts';

/** So few that no session has enough updates for a compaction, among few sessions either. */
const REQUESTS_MAX = 1000;
const ROUNDS_MAX = 7;

/** Small updates and restores among so many sessions of 1 kB, each of another user. */
export async function overLiveSessions({ plan, loadProcess }: GrowthOptions): Promise<Series> {
  const few = {
    warmUpRequests: REQUESTS_MAX,
    rounds: Math.min(plan.rounds, ROUNDS_MAX),
    requests: REQUESTS_MAX,
  };
  const body = turnBody({ userId: `user-of-${SESSION_MARK}` });
  const points = await inPlace({ loadProcess }, async (place) => {
    const { service, redis } = place;
    const measured: Point[] = [];
    const empty = await usedBytes(place);
    let live = 0;
    for (const at of plan.liveSessions) {
      const added = { firstSession: live, sessions: at - live };
      await fill(place, body, { loadProcess, sessions: added });
      live = at;
      const redisBytes = ((await usedBytes(place)) - empty) / live;
      const sessions = { firstSession: 0, sessions: live };
      const loads = {
        save: webhookLoad(service.port, save(slotBody()), sessions),
        restore: webhookLoad(service.port, restore(), sessions),
      };
      const processes = { server: service, redis: [redis] };
      const costs = await costsOf({ ...processes, ...loads }, { plan: few, loadProcess });
      measured.push({ at, ...costs, redisBytes });
    }
    return measured;
  });
  return { name: 'liveSessions', title: 'live sessions', points };
}
