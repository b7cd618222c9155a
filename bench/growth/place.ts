import { type RedisServer, startRedisServer } from '../../test/support/redis-server.ts';
import { turnBody } from '../example-update.ts';
import type { LoadProcess } from '../load/load.ts';
import { restore, type Sessions, save, webhookLoad } from '../load/webhook-load.ts';
import { type ServiceProcess, startService } from '../servers/start.ts';

/** Few, since the bodies may be large. */
const FILL_IN_FLIGHT = 16;

const WARM_UP_REQUESTS = 20_000;
const WARM_UP_SESSIONS = { firstSession: 8_000_000_000, sessions: 1000 };

/** A Redis and the service on it, for one series. */
export type Place = { redis: RedisServer; service: ServiceProcess };

/** Lends a new place to `work`, warm and empty, and stops it afterwards. */
export async function inPlace<Result>(
  { loadProcess }: { loadProcess: LoadProcess },
  work: (place: Place) => Promise<Result>,
): Promise<Result> {
  const redis = await startRedisServer();
  const service = await startService(redis);
  try {
    await warmUp({ service }, loadProcess);
    await redis.client.flushall();
    return await work({ redis, service });
  } finally {
    await Promise.all([service.stop(), redis.stop()]);
  }
}

/** Compiles what saves and restores run: else the first points of a series would be the highest. */
export async function warmUp({ service }: Pick<Place, 'service'>, process: LoadProcess) {
  for (const message of [save(turnBody()), restore()]) {
    const load = webhookLoad(service.port, message, WARM_UP_SESSIONS);
    await process.run({ ...load, firstRequest: 0, requests: WARM_UP_REQUESTS });
  }
}

/** Saves this body once to each session. */
export async function fill(
  { service }: Pick<Place, 'service'>,
  body: object,
  { loadProcess, sessions }: { loadProcess: LoadProcess; sessions: Sessions },
): Promise<void> {
  const load = { ...webhookLoad(service.port, save(body), sessions), inFlight: FILL_IN_FLIGHT };
  await loadProcess.run({ ...load, firstRequest: 0, requests: sessions.sessions });
}

/** Memory that Redis uses. */
export async function usedBytes({ redis }: Pick<Place, 'redis'>): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.client.info('memory'))?.[1]);
}
