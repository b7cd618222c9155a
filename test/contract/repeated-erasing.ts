// Contract: an erase that is repeated answers the same again; one with an etag erases that session
// or none.

import { describe, expect, it } from 'vitest';
import {
  erase,
  erasureOf,
  expiredSession,
  inspectStill,
  quarantinedSession,
  takeLock,
} from './control-under-test.ts';
import {
  DAY_MS,
  newSessionId,
  newUpdateId,
  readLive,
  type StoreUnderTest,
  sessionOf,
  storeMany,
} from './store-under-test.ts';

const NOTHING = { revision: 0, frames: 0, quarantined: 0, locked: false };

export function describeRepeatedErasing(tested: () => StoreUnderTest): void {
  /** Erases what must conflict with the session's position, having written nothing. */
  const expectConflict = async (
    sessionId: string,
    ifMatch: string,
    position: { revision: number; etag: string },
  ) => {
    const before = await inspectStill(tested(), sessionId);
    const { revision, etag } = position;
    const result = await tested().store.erase(erasureOf(sessionId, { ifMatch }));
    expect(result).toEqual({ status: 'conflict', revision, etag });
    expect(await inspectStill(tested(), sessionId)).toEqual(before);
  };

  describe('erase() that is repeated', () => {
    it('answers the same again, and writes nothing', async () => {
      const { sessionId } = await quarantinedSession(tested(), 3);
      await takeLock(tested(), sessionId);
      const erasure = erasureOf(sessionId);
      const first = await tested().store.erase(erasure);
      expect(first).toMatchObject({ revision: 3, frames: 2, quarantined: 1, locked: true });
      const before = await inspectStill(tested(), sessionId);
      expect(await tested().store.erase(erasure)).toEqual(first);
      expect(await tested().store.erase({ ...erasure, tombstoneTtlMs: 2 * DAY_MS })).toEqual(first);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('answers the same again after a new session began, and does not touch it', async () => {
      const { sessionId } = await sessionOf(tested(), 3);
      const erasure = erasureOf(sessionId);
      const first = await tested().store.erase(erasure);
      await storeMany(tested(), sessionId, 2);
      await takeLock(tested(), sessionId);
      const before = await inspectStill(tested(), sessionId);
      expect(await tested().store.erase(erasure)).toEqual(first);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('answers the same again after a new session expired', async () => {
      const { sessionId } = await sessionOf(tested(), 3);
      const erasure = erasureOf(sessionId);
      const first = await tested().store.erase(erasure);
      await expiredSession(tested(), { sessionId });
      expect(await tested().store.erase(erasure)).toEqual(first);
    });

    it('with another id finds nothing, or the session that began since', async () => {
      const { sessionId } = await sessionOf(tested(), 3);
      await erase(tested(), sessionId);
      expect(await erase(tested(), sessionId)).toMatchObject(NOTHING);
      await storeMany(tested(), sessionId, 2);
      expect(await erase(tested(), sessionId)).toMatchObject({ revision: 2, frames: 2 });
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('removes once what 10 attempts find that come at once', async () => {
      const { sessionId } = await sessionOf(tested(), 3);
      const erasure = erasureOf(sessionId);
      const results = await Promise.all(
        Array.from({ length: 10 }, () => tested().store.erase(erasure)),
      );
      expect(results[0]).toMatchObject({ status: 'erased', revision: 3, frames: 3 });
      expect(results).toEqual(Array(10).fill(results[0]));
    });
  });

  describe('erase() with an etag', () => {
    it('erases the session that has it, and answers the same again', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const erasure = erasureOf(sessionId, { ifMatch: view.etag });
      const first = await tested().store.erase(erasure);
      expect(first).toMatchObject({ status: 'erased', revision: 2, frames: 2 });
      expect(await tested().store.erase(erasure)).toEqual(first);
      await storeMany(tested(), sessionId, 1);
      expect(await tested().store.erase(erasure)).toEqual(first);
      expect((await readLive(tested(), sessionId)).revision).toBe(1);
    });

    it('conflicts with a session that went on, which stays', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      await storeMany(tested(), sessionId, 1);
      await expectConflict(sessionId, view.etag, await readLive(tested(), sessionId));
    });

    it('conflicts where there is no session, and leaves no tombstone', async () => {
      await expectConflict(newSessionId(), 'f'.repeat(20), { revision: 0, etag: '' });
      const { sessionId, etag } = await expiredSession(tested());
      await expectConflict(sessionId, etag, { revision: 0, etag: '' });
    });

    it('conflicts after somebody else erased the session', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      await erase(tested(), sessionId, { eraseId: newUpdateId() });
      await expectConflict(sessionId, view.etag, { revision: 0, etag: '' });
    });
  });
}
