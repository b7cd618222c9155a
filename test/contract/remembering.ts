// Contract: an update that is known by its id is answered as the first time, and writes nothing.

import { describe, expect, it } from 'vitest';
import { type Append, RECENT_UPDATES } from '../../src/store/session-store.ts';
import {
  appendOf,
  compactionOf,
  DAY_MS,
  newSessionId,
  readLive,
  readStill,
  type StoreUnderTest,
  store,
  storeMany,
} from './store-under-test.ts';

export function describeRemembering(tested: () => StoreUnderTest): void {
  const expectKnown = async (append: Append, first: { revision: number; etag: string }) => {
    const before = await readStill(tested(), append.sessionId);
    const different = { frame: Buffer.from('something else'), flowId: 'other', ttlMs: 3 * DAY_MS };
    const again = await tested().store.append({ ...append, ...different });
    expect(again).toEqual({ status: 'known', revision: first.revision, etag: first.etag });
    expect(await readStill(tested(), append.sessionId)).toEqual(before);
  };

  const compactAll = async (sessionId: string) => {
    const session = await readLive(tested(), sessionId);
    expect(await tested().store.compact(compactionOf(sessionId, session))).toBe('compacted');
  };

  describe('append() of a known update', () => {
    it('answers the first revision and etag while the frame is live, also after newer updates', async () => {
      const append = appendOf(newSessionId(), { flowId: 'mine' });
      const first = await store(tested(), append);
      await expectKnown(append, first);
      await storeMany(tested(), append.sessionId, 3);
      await expectKnown(append, first);
    });

    it('answers them after the frame was folded', async () => {
      const append = appendOf(newSessionId());
      const first = await store(tested(), append);
      await storeMany(tested(), append.sessionId, 2);
      await compactAll(append.sessionId);
      await expectKnown(append, first);
      await storeMany(tested(), append.sessionId, 2);
      await expectKnown(append, first);
    });

    it(`forgets it once ${RECENT_UPDATES} further updates were folded, and not one earlier`, async () => {
      const append = appendOf(newSessionId());
      const first = await store(tested(), append);
      await storeMany(tested(), append.sessionId, RECENT_UPDATES - 1);
      await compactAll(append.sessionId);
      await expectKnown(append, first);
      await storeMany(tested(), append.sessionId, 1);
      await compactAll(append.sessionId);
      const anew = await store(tested(), append);
      expect(anew.revision).toBe(RECENT_UPDATES + 2);
    });

    it('stores one of 32 attempts that come at once', async () => {
      const append = appendOf(newSessionId());
      const results = await Promise.all(Array.from({ length: 32 }, () => tested().store.append(append)));
      expect(results.filter((result) => result.status === 'stored')).toHaveLength(1);
      expect(results.filter((result) => result.status === 'known')).toHaveLength(31);
      expect((await readLive(tested(), append.sessionId)).frames).toHaveLength(1);
    });

    it('comes before the judgement of its size', async () => {
      const append = appendOf(newSessionId());
      const { revision, etag } = await store(tested(), append);
      const again = await tested().store.append({ ...append, sessionMaxBytes: 1 });
      expect(again).toEqual({ status: 'known', revision, etag });
    });

    it('is told apart by letter case', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { updateId: 'abcdefghijklmnopqrstuv' }));
      await store(tested(), appendOf(sessionId, { updateId: 'ABCDEFGHIJKLMNOPQRSTUV' }));
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(2);
    });
  });
}
