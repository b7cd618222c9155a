// Contract: while a lock stands, its holder alone appends; who presents a token must hold the lock.

import { describe, expect, it } from 'vitest';
import type { Append } from '../../src/store/session-store.ts';
import { appendInVain, lapseLock, lockOf, MINUTE_MS, takeLock } from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  newUpdateId,
  readLive,
  type StoreUnderTest,
  store,
  storeMany,
} from './store-under-test.ts';

export function describeLockedAppending(tested: () => StoreUnderTest): void {
  const expectRefused = async (append: Append, status: 'locked' | 'lock-lost') => {
    const result = await appendInVain(tested(), append);
    expect(result.status).toBe(status);
    return result;
  };

  describe('append() without a token', () => {
    it('is refused as locked while somebody holds the lock, and told for how long', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 2);
      await takeLock(tested(), sessionId);
      const refused = await expectRefused(appendOf(sessionId, { flowId: 'other' }), 'locked');
      expect(refused).toEqual({ status: 'locked', remainingMs: expect.any(Number) });
      const remainingMs = refused.status === 'locked' ? refused.remainingMs : 0;
      expect(remainingMs).toBeGreaterThan(0);
      expect(remainingMs).toBeLessThanOrEqual(MINUTE_MS);
    });

    it('creates no session under the lock of somebody else', async () => {
      const sessionId = newSessionId();
      await takeLock(tested(), sessionId);
      await expectRefused(appendOf(sessionId), 'locked');
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('is stored once the lock is released', async () => {
      const append = appendOf(newSessionId());
      const token = await takeLock(tested(), append.sessionId);
      await expectRefused(append, 'locked');
      await tested().store.unlock({ sessionId: append.sessionId, token });
      expect(await store(tested(), append)).toMatchObject({ revision: 1 });
    });

    it('is not hindered by a lock that has lapsed', async () => {
      const sessionId = newSessionId();
      await lapseLock(tested(), sessionId);
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({
        revision: 1,
        created: true,
      });
    });

    it('is locked before its precondition and its size are judged', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      await takeLock(tested(), sessionId);
      await expectRefused(
        appendOf(sessionId, { ifMatch: '0'.repeat(20), sessionMaxBytes: 1 }),
        'locked',
      );
    });

    it('is stored before a lock that comes at once, or refused by it', async () => {
      const sessionId = newSessionId();
      const appends = Array.from({ length: 20 }, () => appendOf(sessionId));
      const [held, ...results] = await Promise.all([
        ...appends.slice(0, 10).map((append) => tested().store.append(append)),
        tested().store.lock(lockOf(sessionId)),
        ...appends.slice(10).map((append) => tested().store.append(append)),
      ]).then((all) => [all[10], ...all.slice(0, 10), ...all.slice(11)]);
      expect(held).toEqual({ status: 'held', lapsed: false });
      const stored = appends.filter((_, place) => results[place]?.status === 'stored');
      const locked = results.filter((result) => result?.status === 'locked');
      expect(stored.length + locked.length).toBe(20);
      const session = await tested().store.read(sessionId);
      const names = session?.frames.map((frame) => frame.name) ?? [];
      expect(names.sort()).toEqual(stored.map((append) => append.updateId).sort());
    });
  });

  describe('append() with a token', () => {
    it('is stored while the token holds the lock', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      const lockToken = await takeLock(tested(), sessionId);
      expect(await store(tested(), appendOf(sessionId, { lockToken }))).toMatchObject({
        revision: 2,
      });
      expect(await store(tested(), appendOf(sessionId, { lockToken }))).toMatchObject({
        revision: 3,
      });
    });

    it('neither releases nor prolongs the lock', async () => {
      const sessionId = newSessionId();
      const lockToken = await takeLock(tested(), sessionId);
      const before = (await tested().store.inspect(sessionId)).lockedUntilMs;
      await store(tested(), appendOf(sessionId, { lockToken }));
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBe(before);
    });

    it('creates the session under a lock that was taken before', async () => {
      const sessionId = newSessionId();
      const lockToken = await takeLock(tested(), sessionId);
      const result = await store(tested(), appendOf(sessionId, { lockToken }));
      expect(result).toMatchObject({
        revision: 1,
        created: true,
        repaired: false,
        setAside: false,
      });
      await expectRefused(appendOf(sessionId), 'locked');
    });

    it('is lock-lost if somebody else holds the lock', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      await takeLock(tested(), sessionId);
      const refused = await expectRefused(
        appendOf(sessionId, { lockToken: newUpdateId() }),
        'lock-lost',
      );
      expect(refused).toEqual({ status: 'lock-lost' });
    });

    it('is lock-lost if nobody ever held the lock, and creates no session', async () => {
      await expectRefused(appendOf(newSessionId(), { lockToken: newUpdateId() }), 'lock-lost');
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      await expectRefused(appendOf(sessionId, { lockToken: newUpdateId() }), 'lock-lost');
    });

    it('is lock-lost after the lock lapsed, though nobody holds it', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      const lockToken = await lapseLock(tested(), sessionId);
      await expectRefused(appendOf(sessionId, { lockToken }), 'lock-lost');
    });

    it('is lock-lost after the lock was released', async () => {
      const sessionId = newSessionId();
      const lockToken = await takeLock(tested(), sessionId);
      await store(tested(), appendOf(sessionId, { lockToken }));
      await tested().store.unlock({ sessionId, token: lockToken });
      await expectRefused(appendOf(sessionId, { lockToken }), 'lock-lost');
    });

    it('is lock-lost after the lock lapsed and somebody else took it', async () => {
      const sessionId = newSessionId();
      const late = await lapseLock(tested(), sessionId);
      const lockToken = await takeLock(tested(), sessionId);
      await expectRefused(appendOf(sessionId, { lockToken: late }), 'lock-lost');
      await store(tested(), appendOf(sessionId, { lockToken }));
    });

    it('is lock-lost before its precondition and its size are judged', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      const refused = { lockToken: newUpdateId(), ifMatch: '0'.repeat(20), sessionMaxBytes: 1 };
      await expectRefused(appendOf(sessionId, refused), 'lock-lost');
    });
  });

  describe('append() of a known update', () => {
    it('is known whoever holds the lock and whatever token it presents, also after compaction', async () => {
      const sessionId = newSessionId();
      const lockToken = await takeLock(tested(), sessionId);
      const append = appendOf(sessionId, { lockToken });
      const { revision, etag } = await store(tested(), append);
      const expectKnown = async () => {
        for (const token of ['', lockToken, newUpdateId()]) {
          const again = await tested().store.append({ ...append, lockToken: token });
          expect(again).toMatchObject({ status: 'known', revision, etag });
        }
      };
      await expectKnown();
      await tested().store.unlock({ sessionId, token: lockToken });
      await takeLock(tested(), sessionId);
      await expectKnown();
      const compaction = compactionOf(sessionId, await readLive(tested(), sessionId));
      expect(await tested().store.compact(compaction)).toBe('compacted');
      await expectKnown();
    });
  });
}
