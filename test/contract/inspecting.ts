// Contract: inspect shows everything under a key in one reading, and changes nothing.

import { describe, expect, it } from 'vitest';
import {
  erase,
  inspectStill,
  MINUTE_MS,
  moveFrames,
  movesOf,
  takeLock,
} from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  readLive,
  readStill,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
} from './store-under-test.ts';

/** What there is besides a session, a lock and a tombstone. */
const NOTHING = { quarantine: [], damage: [], unknownFields: [] };

export function describeInspecting(tested: () => StoreUnderTest): void {
  describe('inspect()', () => {
    it('shows nothing but the time where nothing is', async () => {
      expect(await tested().store.inspect(newSessionId())).toEqual({
        nowMs: expect.any(Number),
        session: undefined,
        lockedUntilMs: undefined,
        tombstone: undefined,
        ...NOTHING,
      });
    });

    it('shows a live session as read() does, by the clock of the store', async () => {
      const { sessionId } = await sessionOf(tested(), 3);
      const first = await readLive(tested(), sessionId);
      const { nowMs, session, ...rest } = await tested().store.inspect(sessionId);
      expect(nowMs).toBeGreaterThanOrEqual(first.nowMs);
      expect(session).toEqual({ ...first, nowMs });
      expect(rest).toEqual({ lockedUntilMs: undefined, tombstone: undefined, ...NOTHING });
    });

    it('shows session, lock, tombstone and quarantine side by side', async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId);
      await storeMany(tested(), sessionId, 2);
      const view = await readLive(tested(), sessionId);
      await moveFrames(tested(), sessionId, movesOf('quarantine', view.frames.slice(0, 1)));
      await takeLock(tested(), sessionId);
      const found = await tested().store.inspect(sessionId);
      expect(found.session?.frames).toEqual(view.frames.slice(1));
      expect(found.lockedUntilMs).toBeGreaterThan(found.nowMs);
      expect(found.tombstone?.expiresAtMs).toBeGreaterThan(found.nowMs);
      expect(found.quarantine).toMatchObject(view.frames.slice(0, 1));
      const { nowMs: _, ...session } = found.session ?? { nowMs: 0 };
      expect(await readStill(tested(), sessionId)).toEqual(session);
    });

    it('shows no lock that was released', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
    });

    it('sees a session whole or not at all while it is erased', async () => {
      const { sessionId } = await sessionOf(tested(), 20);
      await takeLock(tested(), sessionId);
      const looks = () => Array.from({ length: 10 }, () => tested().store.inspect(sessionId));
      const early = looks();
      const erasing = erase(tested(), sessionId);
      const found = await Promise.all([...early, ...looks()]);
      await erasing;
      for (const { session, lockedUntilMs, tombstone } of found) {
        const isErased = tombstone !== undefined;
        expect(session?.frames.length).toBe(isErased ? undefined : 20);
        expect(lockedUntilMs === undefined).toBe(isErased);
      }
    });

    it('prolongs neither session nor lock', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: MINUTE_MS }));
      await takeLock(tested(), sessionId);
      const first = await inspectStill(tested(), sessionId);
      for (let turn = 0; turn < 5; turn++)
        expect(await inspectStill(tested(), sessionId)).toEqual(first);
    });
  });
}
