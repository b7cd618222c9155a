import { Cluster, Redis } from 'ioredis';
import type { RedisTarget } from '../../src/store/redis/topology.ts';
import { keys, openStore } from '../support/redis-store.ts';
import type { ModelWorld } from './model-world.ts';

/** A real Redis, whose clock nobody moves: a session's time is ended by hand. A replica's copy is a DUMP. */
export async function createRedisWorld(target: RedisTarget): Promise<ModelWorld> {
  const store = await openStore(target);
  const client = target.kind === 'cluster' ? new Cluster([...target.nodes]) : new Redis(target);
  return {
    store,
    nowMs: async () => Date.now(),
    nowMonotonicMs: () => performance.now(),
    async expire(sessionId) {
      const key = keys.session(sessionId);
      if (await client.exists(key)) await client.hset(key, 'expires_at', '1');
    },
    copy: (sessionId) => client.dumpBuffer(keys.session(sessionId)),
    async promote(sessionId, copy) {
      const key = keys.session(sessionId);
      if (copy === null) await client.del(key);
      else await client.restore(key, 0, copy as Buffer, 'REPLACE');
    },
    async close() {
      client.disconnect();
      await store.close();
    },
  };
}
