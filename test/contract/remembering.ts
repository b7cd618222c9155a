// Contract: an update that is known by its id is answered as the first time, with its frame, and
// writes nothing.

import { randomBytes } from 'node:crypto';
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
  const expectKnown = async (
    append: Append,
    first: { revision: number; etag: string },
    expected: { frame?: Uint8Array; sessionRevision: number },
  ) => {
    const before = await readStill(tested(), append.sessionId);
    const different = { frame: Buffer.from('something else'), flowId: 'other', ttlMs: 3 * DAY_MS };
    const again = await tested().store.append({ ...append, ...different });
    expect(again).toEqual({
      status: 'known',
      durability: expect.any(String),
      revision: first.revision,
      etag: first.etag,
      ...expected,
    });
    expect(await readStill(tested(), append.sessionId)).toEqual(before);
  };

  const compactAll = async (sessionId: string) => {
    const session = await readLive(tested(), sessionId);
    expect(await tested().store.compact(compactionOf(sessionId, session))).toBe('compacted');
  };

  describe('append() of a known update', () => {
    it('answers the first revision, etag and frame while that is live, and where the session is now', async () => {
      const append = appendOf(newSessionId(), { flowId: 'mine' });
      const { frame } = append;
      const first = await store(tested(), append);
      await expectKnown(append, first, { frame, sessionRevision: 1 });
      await storeMany(tested(), append.sessionId, 3);
      await expectKnown(append, first, { frame, sessionRevision: 4 });
    });

    it('answers a frame of any bytes as it was stored', async () => {
      for (const frame of [Buffer.alloc(0), Buffer.from([0, 255, 13, 10]), randomBytes(200_000)]) {
        const append = appendOf(newSessionId(), { frame });
        const first = await store(tested(), append);
        await expectKnown(append, first, { frame, sessionRevision: 1 });
      }
    });

    it('answers them after the frame was folded', async () => {
      const append = appendOf(newSessionId());
      const first = await store(tested(), append);
      await storeMany(tested(), append.sessionId, 2);
      await compactAll(append.sessionId);
      await expectKnown(append, first, { sessionRevision: 3 });
      await storeMany(tested(), append.sessionId, 2);
      await expectKnown(append, first, { sessionRevision: 5 });
    });

    it(`forgets it once ${RECENT_UPDATES} further updates were folded, and not one earlier`, async () => {
      const append = appendOf(newSessionId());
      const first = await store(tested(), append);
      await storeMany(tested(), append.sessionId, RECENT_UPDATES - 1);
      await compactAll(append.sessionId);
      await expectKnown(append, first, { sessionRevision: RECENT_UPDATES });
      await storeMany(tested(), append.sessionId, 1);
      await compactAll(append.sessionId);
      const anew = await store(tested(), append);
      expect(anew.revision).toBe(RECENT_UPDATES + 2);
    });

    it('stores one of 32 attempts that come at once', async () => {
      const append = appendOf(newSessionId());
      const results = await Promise.all(
        Array.from({ length: 32 }, () => tested().store.append(append)),
      );
      expect(results.filter((result) => result.status === 'stored')).toHaveLength(1);
      expect(results.filter((result) => result.status === 'known')).toHaveLength(31);
      expect((await readLive(tested(), append.sessionId)).frames).toHaveLength(1);
    });

    it('comes before the judgement of its size', async () => {
      const append = appendOf(newSessionId());
      const { revision, etag } = await store(tested(), append);
      const again = await tested().store.append({ ...append, sessionMaxBytes: 1 });
      expect(again).toMatchObject({ status: 'known', revision, etag });
    });

    it('is told apart by letter case', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { updateId: 'abcdefghijklmnopqrstuv' }));
      await store(tested(), appendOf(sessionId, { updateId: 'ABCDEFGHIJKLMNOPQRSTUV' }));
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(2);
    });
  });
}
