// Contract: an erase removes everything that stands under a session's key, whoever holds its lock.

import { describe, expect, it } from 'vitest';
import {
  erase,
  erasureOf,
  expiredSession,
  inspectStill,
  lapseLock,
  lockOf,
  moveFrames,
  movesOf,
  quarantinedSession,
  takeLock,
  tombstoneOf,
} from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  readLive,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
} from './store-under-test.ts';

const NOTHING = { revision: 0, frames: 0, quarantined: 0, locked: false };

export function describeErasing(tested: () => StoreUnderTest): void {
  describe('erase()', () => {
    it('removes state, memory, lock and quarantine, answers what that was, and leaves a tombstone', async () => {
      const { sessionId } = await quarantinedSession(tested(), 3);
      const compaction = compactionOf(sessionId, await readLive(tested(), sessionId));
      expect(await tested().store.compact(compaction)).toBe('compacted');
      await storeMany(tested(), sessionId, 2);
      await takeLock(tested(), sessionId);
      const result = await tested().store.erase(erasureOf(sessionId));
      expect(result).toEqual({
        status: 'erased',
        revision: 5,
        frames: 3,
        quarantined: 1,
        locked: true,
        durability: expect.any(String),
        tombstoneExpiresAtMs: expect.any(Number),
      });
      expect(await tested().store.read(sessionId)).toBeUndefined();
      expect(await tested().store.inspect(sessionId)).toEqual({
        nowMs: expect.any(Number),
        session: undefined,
        lockedUntilMs: undefined,
        tombstone: { instantMs: expect.any(Number), expiresAtMs: expect.any(Number) },
        quarantine: [],
        damage: [],
        unknownFields: [],
      });
    });

    it('of what never was leaves a tombstone all the same', async () => {
      const sessionId = newSessionId();
      const result = await erase(tested(), sessionId);
      expect(result).toMatchObject(NOTHING);
      expect((await tombstoneOf(tested(), sessionId)).expiresAtMs).toBe(
        result.tombstoneExpiresAtMs,
      );
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('of an expired session finds no revision, but removes what is left of it', async () => {
      const { sessionId } = await expiredSession(tested());
      expect((await erase(tested(), sessionId)).revision).toBe(0);
    });

    it('leaves nothing to the session that begins next', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      await store(tested(), appendOf(sessionId, { flowId: 'old' }));
      await erase(tested(), sessionId);
      const first = await store(tested(), appendOf(sessionId));
      expect(first).toMatchObject({
        revision: 1,
        created: true,
        repaired: false,
        snapshotBytes: 0,
      });
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toHaveLength(1);
      expect(session).toMatchObject({
        recent: '',
        flowId: '',
        deltaBytes: first.deltaBytes,
        quarantined: 0,
      });
      expect(session.incarnation).not.toBe(view.incarnation);
      expect(session.createdAtMs).toBeGreaterThanOrEqual(view.createdAtMs);
    });

    it('ignores the lock, says that it was held, and takes it from its holder', async () => {
      const { sessionId } = await sessionOf(tested(), 1);
      const lockToken = await takeLock(tested(), sessionId);
      expect(await erase(tested(), sessionId)).toMatchObject({ revision: 1, locked: true });
      expect(await tested().store.append(appendOf(sessionId, { lockToken }))).toEqual({
        status: 'lock-lost',
      });
      const renewal = lockOf(sessionId, { token: lockToken, renew: true });
      expect(await tested().store.lock(renewal)).toEqual({ status: 'lost', lapsed: false });
      const unlocked = await tested().store.unlock({ sessionId, token: lockToken });
      expect(unlocked).toEqual({ status: 'lost', lapsed: false });
      await store(tested(), appendOf(sessionId));
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('finds no lock where it has lapsed or was released, and forgets it', async () => {
      const [lapsed, released] = [newSessionId(), newSessionId()];
      await lapseLock(tested(), lapsed);
      const token = await takeLock(tested(), released);
      await tested().store.unlock({ sessionId: released, token });
      for (const sessionId of [lapsed, released]) {
        expect((await erase(tested(), sessionId)).locked).toBe(false);
        expect(await tested().store.lock(lockOf(sessionId))).toEqual({
          status: 'held',
          lapsed: false,
        });
      }
    });

    it('leaves a lock that is taken afterwards, and its session, to work as ever', async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId);
      const lockToken = await takeLock(tested(), sessionId);
      expect(await tested().store.append(appendOf(sessionId))).toMatchObject({ status: 'locked' });
      await store(tested(), appendOf(sessionId, { lockToken }));
      expect((await tombstoneOf(tested(), sessionId)).expiresAtMs).toBeGreaterThan(0);
    });

    it('of one session leaves the others', async () => {
      const [one, other] = [await sessionOf(tested(), 2), await sessionOf(tested(), 2)];
      const before = await inspectStill(tested(), other.sessionId);
      await erase(tested(), one.sessionId);
      expect(await inspectStill(tested(), other.sessionId)).toEqual(before);
    });

    it('keeps the compactor away that had read before, also from the session that begins next', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      await erase(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await tested().store.read(sessionId)).toBeUndefined();
      await store(tested(), appendOf(sessionId));
      const before = await inspectStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('keeps the mover away that had read before', async () => {
      const { sessionId, frame } = await quarantinedSession(tested(), 2);
      const [other] = (await readLive(tested(), sessionId)).frames;
      await erase(tested(), sessionId);
      const before = await inspectStill(tested(), sessionId);
      const moves = [
        ...movesOf('quarantine', other ? [other] : []),
        ...movesOf('release', [frame]),
      ];
      expect(await moveFrames(tested(), sessionId, moves)).toEqual([]);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });
  });
}
