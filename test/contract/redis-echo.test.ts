// With echo, and under sentinels, a store keeps the same contract. Its etags have a suffix, the
// beginning of the replication id of the master; the suite compares what is before that with what
// is stored.

import { afterAll, beforeAll } from 'vitest';
import { etagIn } from '../../src/store/redis/echo/echoed-etag.ts';
import type { SessionStore, StoredSession } from '../../src/store/session-store.ts';
import { type RedisSentinels, startRedisSentinels } from '../support/redis-sentinel.ts';
import { openRedisUnderTest } from '../support/redis-under-test.ts';
import { describeStoreContract } from './session-store-contract.ts';

const echo = { maxBytes: 64 * 1024 * 1024, writesMoments: false, holdMs: 0 };

let group: RedisSentinels;
beforeAll(async () => {
  // The suite keeps its master busy, and none of it is about another one.
  group = await startRedisSentinels({ downAfterMs: 60_000 });
});
afterAll(() => group?.stop());

describeStoreContract(
  'the store under sentinels that gives back what a failover lost',
  async () => {
    const underTest = await openRedisUnderTest(group.target, { echo });
    return { ...underTest, store: withPlainEtags(underTest.store) };
  },
);

function withPlainEtags(store: SessionStore): SessionStore {
  return {
    ...store,
    append: async (append, limits) => plain(await store.append(append, limits)),
    erase: async (erasure, limits) => plain(await store.erase(erasure, limits)),
    read: async (sessionId) => plainSession(await store.read(sessionId)),
    async inspect(sessionId) {
      const stored = await store.inspect(sessionId);
      plainSession(stored.session);
      return stored;
    },
  };
}

function plain<Result extends object>(result: Result): Result {
  return 'etag' in result ? { ...result, etag: etagIn(String(result.etag)) } : result;
}

function plainSession(session: StoredSession | undefined): StoredSession | undefined {
  if (session) session.etag = etagIn(session.etag);
  return session;
}
