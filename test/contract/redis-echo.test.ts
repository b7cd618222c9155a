// With echo a store keeps the same contract. Its etags have a suffix, the beginning of the
// replication id of the master; the suite compares what is before that with what is stored.

import { etagIn } from '../../src/store/redis/echo/echoed-etag.ts';
import type { SessionStore, StoredSession } from '../../src/store/session-store.ts';
import { standaloneTarget } from '../support/redis-store.ts';
import { openRedisUnderTest } from '../support/redis-under-test.ts';
import { describeStoreContract } from './session-store-contract.ts';

const echo = { maxBytes: 64 * 1024 * 1024, writesMoments: false, holdMs: 0 };

describeStoreContract('the store on Redis that gives back what a failover lost', async () => {
  const underTest = await openRedisUnderTest(standaloneTarget(), { echo });
  return { ...underTest, store: withPlainEtags(underTest.store) };
});

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
