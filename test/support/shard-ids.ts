import type { RedisCluster, Shard } from './redis-cluster.ts';
import { keys } from './redis-store.ts';

const TRIES_MAX = 200;

/** A session id whose key lies in that shard; ids of different `name`s differ. */
export async function sessionIdIn(
  cluster: RedisCluster,
  shard: Shard,
  name: string,
): Promise<string> {
  for (let place = 0; place < TRIES_MAX; place++) {
    const sessionId = `${name}-${place}`;
    if ((await cluster.shardOf(keys.session(sessionId))) === shard) return sessionId;
  }
  throw new Error(`no id of ${TRIES_MAX} lies in the shard`);
}
