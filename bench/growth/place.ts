import { type RedisServer, startRedisServer } from '../../test/support/redis-server.ts';
import type { LoadProcess } from '../load/load.ts';
import { type Sessions, save, webhookLoad } from '../load/webhook-load.ts';
import { type ServiceProcess, startService } from '../servers/start.ts';

/** Few, since the bodies may be large. */
const FILL_IN_FLIGHT = 16;

/** A Redis and the service on it, for one series. */
export type Place = { redis: RedisServer; service: ServiceProcess };

/** Lends a new place to `work`, and stops it afterwards. */
export async function inPlace<Result>(work: (place: Place) => Promise<Result>): Promise<Result> {
  const redis = await startRedisServer();
  const service = await startService(redis);
  try {
    return await work({ redis, service });
  } finally {
    await Promise.all([service.stop(), redis.stop()]);
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
