import { Cluster, Redis } from 'ioredis';
import type { RedisTarget } from '../../src/store/redis/connection/topology.ts';
import { keys, openStore } from '../support/redis-store.ts';
import type { ModelWorld } from './model-world.ts';

/** Apart enough for any operation on a busy machine. */
const RECEIPT_GRAIN_MS = 2000;

/** A real Redis, whose clock nobody moves: what has a deadline is ended by hand. A replica's copy
 * is a DUMP. */
export async function createRedisWorld(target: RedisTarget): Promise<ModelWorld> {
  const store = await openStore(target);
  const client = target.kind === 'cluster' ? new Cluster([...target.nodes]) : new Redis(target);
  return {
    store,
    nowMs: async () => Date.now(),
    nowMonotonicMs: () => performance.now(),
    receiptGrainMs: RECEIPT_GRAIN_MS,
    time: {
      async endSession(sessionId) {
        const key = keys.session(sessionId);
        if (await client.hexists(key, 'expires_at')) await client.hset(key, 'expires_at', '1');
        await client.hdel(key, 'seal');
      },
      async endLock(sessionId) {
        const endedAtMs = Date.now() - 1000;
        const [token, deadlineMs] = (
          (await client.hget(keys.session(sessionId), 'lock')) ?? ''
        ).split(' ');
        if (Number(deadlineMs) <= Date.now() || !token) return undefined;
        await client.hset(keys.session(sessionId), 'lock', `${token} ${endedAtMs}`);
        await client.hdel(keys.session(sessionId), 'lock_seal');
        return endedAtMs;
      },
      async endTombstone(sessionId) {
        const tombstone = await client.hget(keys.session(sessionId), 'tombstone');
        if (tombstone === null) return;
        const [instant, _deadline, ...erased] = tombstone.split(' ');
        await client.hset(
          keys.session(sessionId),
          'tombstone',
          [instant, '1', ...erased].join(' '),
        );
        await client.hdel(keys.session(sessionId), 'tombstone_seal');
      },
    },
    async overwrite(sessionId, name, value) {
      await client.hset(keys.session(sessionId), name, Buffer.from(value));
    },
    async forgetNote(sessionId) {
      await client.hdel(keys.session(sessionId), 'noted');
    },
    async copy(sessionId) {
      const key = keys.session(sessionId);
      return { dump: await client.dumpBuffer(key), expiresAtMs: await client.pexpiretime(key) };
    },
    async promote(sessionId, copy) {
      const key = keys.session(sessionId);
      const { dump, expiresAtMs } = copy as { dump: Buffer | null; expiresAtMs: number };
      if (dump === null) await client.del(key);
      else await client.restore(key, Math.max(0, expiresAtMs), dump, 'REPLACE', 'ABSTTL');
    },
    async close() {
      client.disconnect();
      await store.close();
    },
  };
}
