// Contract: whoever follows a session learns of each change, whichever process made it.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyLook } from '../../src/store/key-follower.ts';
import type { SessionStore, StoredKey } from '../../src/store/session-store.ts';
import { until } from '../support/until.ts';
import {
  appendOf,
  DAY_MS,
  newSessionId,
  type OpenStore,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

/** Follows a session until the function that it gives is called. */
function follow(of: SessionStore, sessionId: string) {
  const looks: KeyLook[] = [];
  let changes = 0;
  const stop = of.watch(sessionId, {
    changed: () => void changes++,
    looked: (how) => void looks.push(how),
  });
  return {
    stop,
    looks,
    changes: () => changes,
    /** Resolves with what a read shows after a report, once that is what was waited for. */
    seen(what: string, isSeen: (key: StoredKey) => boolean): Promise<StoredKey> {
      let read = 0;
      return until(what, async () => {
        if (changes === read) return undefined;
        read = changes;
        const key = await of.inspect(sessionId);
        return isSeen(key) ? key : undefined;
      });
    },
  };
}

export function describeWatching(tested: () => StoreUnderTest, open: OpenStore): void {
  describe('watch()', () => {
    let other: StoreUnderTest;
    beforeAll(async () => {
      other = await open();
    });
    afterAll(() => other?.store.close());

    it.each([
      ['this process', () => tested().store],
      ['another process', () => other.store],
    ])('reports what %s does, each time', async (_name, writer) => {
      const sessionId = newSessionId();
      const followed = follow(tested().store, sessionId);
      try {
        for (const revision of [1, 2, 3]) {
          await writer().append(appendOf(sessionId));
          await followed.seen(
            `update ${revision}`,
            ({ session }) => session?.revision === revision,
          );
        }
        const token = randomBytes(16).toString('base64url');
        await writer().lock({ sessionId, token, ttlMs: 60_000, renew: false });
        await followed.seen('the lock', ({ lockedUntilMs }) => lockedUntilMs !== undefined);
        await writer().unlock({ sessionId, token });
        await followed.seen('the release', ({ lockedUntilMs }) => lockedUntilMs === undefined);
        const eraseId = randomBytes(16).toString('base64url');
        await writer().erase({ sessionId, eraseId, tombstoneTtlMs: DAY_MS, ifMatch: '' });
        const erased = await followed.seen('the erase', ({ tombstone }) => tombstone !== undefined);
        expect(erased.session).toBeUndefined();
      } finally {
        followed.stop();
      }
    });

    it('reports a longer life, though it is part of an update', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: 60_000 }));
      const followed = follow(tested().store, sessionId);
      try {
        await store(other, appendOf(sessionId, { ttlMs: DAY_MS }));
        const { session } = await followed.seen(
          'the expiry',
          ({ session, nowMs }) => (session?.expiresAtMs ?? 0) > nowMs + 120_000,
        );
        expect(session?.revision).toBe(2);
      } finally {
        followed.stop();
      }
    });

    it('looks again and again, and reports nothing to those who have stopped', async () => {
      const [sessionId, stopped] = [newSessionId(), newSessionId()];
      const [followed, ended] = [stopped, sessionId].map((id) => follow(tested().store, id));
      if (!followed || !ended) throw new Error('nothing is followed');
      try {
        await until('a look', () => (ended.looks.length > 0 ? true : undefined));
        ended.stop();
        const before = ended.changes();
        await store(other, appendOf(sessionId));
        await store(other, appendOf(stopped));
        await followed.seen('the other session', ({ session }) => session?.revision === 1);
        const looks = followed.looks.length;
        await until('further looks', () => (followed.looks.length > looks ? true : undefined));
        expect(ended.changes()).toBe(before);
      } finally {
        followed.stop();
      }
    });
  });
}
