// A Redis store for the contract suite, with a client beside it to injure what is stored.

import { Cluster, Redis } from 'ioredis';
import type { RedisTarget } from '../../src/store/redis/connection/topology.ts';
import type { RedisStoreOptions } from '../../src/store/redis/redis-store.ts';
import { createKeys } from '../../src/store/redis/session-key.ts';
import type { MetadataField, StoreUnderTest } from '../contract/store-under-test.ts';
import { openStore } from './redis-store.ts';

export async function openRedisUnderTest(
  target: RedisTarget,
  options: Partial<RedisStoreOptions> = {},
): Promise<StoreUnderTest> {
  // Thousands of frames in one call take their time on a busy machine.
  const store = await openStore(target, { commandTimeoutMs: 20_000, ...options });
  const client = target.kind === 'cluster' ? new Cluster([...target.nodes]) : new Redis(target);
  const keys = createKeys('cgs:');
  return {
    store: {
      ...store,
      async close() {
        client.disconnect();
        await store.close();
      },
    },
    async tamper(sessionId, damage) {
      const key = keys.session(sessionId);
      if ('frame' in damage) await client.hset(key, damage.frame, damage.value);
      else {
        if (damage.text === undefined) await client.hdel(key, damage.field);
        else await client.hset(key, damage.field, damage.text);
        if (!damage.keepsSeal && !damage.field.endsWith('_bytes'))
          await client.hdel(key, ...sealsOf(damage.field));
      }
    },
  };
}

function sealsOf(field: MetadataField): [string] {
  if (field === 'lock' || field === 'tombstone') return [`${field}_seal`];
  return ['seal'];
}
