// A store on the shared server, and a client that looks behind its back.

import { Redis } from 'ioredis';
import { afterAll, inject } from 'vitest';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { openStore, standaloneTarget } from '../../support/redis-store.ts';

/** Opens both for the tests of a file, and closes them after the last. */
export async function openStoreAndClient(): Promise<{ store: SessionStore; client: Redis }> {
  const client = new Redis(inject('redisStandalone'));
  // No test of these is about time, and the machine may be busy.
  const store = await openStore(standaloneTarget(), { commandTimeoutMs: 20_000 });
  afterAll(async () => {
    client.disconnect();
    await store.close();
  });
  return { store, client };
}
