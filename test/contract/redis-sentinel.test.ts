import { afterAll, beforeAll } from 'vitest';
import { type RedisSentinels, startRedisSentinels } from '../support/redis-sentinel.ts';
import { openRedisUnderTest } from '../support/redis-under-test.ts';
import { describeStoreContract } from './session-store-contract.ts';

let group: RedisSentinels;
beforeAll(async () => {
  // The suite keeps its master busy, and none of it is about another one.
  group = await startRedisSentinels({ downAfterMs: 60_000 });
});
afterAll(() => group?.stop());

describeStoreContract('the store on Redis under sentinels', () => openRedisUnderTest(group.target));
