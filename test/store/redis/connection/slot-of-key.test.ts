import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, it } from 'vitest';
import { slotOfKey } from '../../../../src/store/redis/connection/slot-of-key.ts';

const [node] = inject('redisCluster');
const client = new Redis({ ...node });
afterAll(() => client.disconnect());

it('slotOfKey() agrees with CLUSTER KEYSLOT', async () => {
  const key = fc.oneof(fc.string({ unit: fc.constantFrom(...'{}ab:语') }), fc.string());
  await fc.assert(
    fc.asyncProperty(key, async (text) => {
      expect(slotOfKey(text)).toBe(Number(await client.cluster('KEYSLOT', text)));
    }),
    { numRuns: 500 },
  );
});
