// Contract: what a session may have in quarantine; what does not fit stays where it is.

import { describe, expect, it } from 'vitest';
import type { StoredFrame } from '../../src/store/session-store.ts';
import { inspectStill, moveFrames, movesOf, quarantinedSession } from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  readLive,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
} from './store-under-test.ts';

const FRAME_BYTES = 78;

export function describeQuarantineRoom(tested: () => StoreUnderTest): void {
  const quarantine = (sessionId: string, frames: StoredFrame[], given = {}) =>
    moveFrames(tested(), sessionId, movesOf('quarantine', frames), given);

  describe('the room in quarantine', () => {
    it('is filled to its last byte; what does not fit stays where it is', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const quarantineMaxBytes = 2 * FRAME_BYTES;
      const moved = await quarantine(sessionId, view.frames, {
        quarantineMaxBytes: quarantineMaxBytes - 1,
      });
      expect(moved).toHaveLength(1);
      const rest = (await readLive(tested(), sessionId)).frames;
      expect(await quarantine(sessionId, rest, { quarantineMaxBytes })).toHaveLength(1);
      const { frames, quarantined } = await readLive(tested(), sessionId);
      expect({ frames: frames.length, quarantined }).toEqual({ frames: 1, quarantined: 2 });
      const before = await inspectStill(tested(), sessionId);
      expect(await quarantine(sessionId, frames, { quarantineMaxBytes })).toEqual([]);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('takes a small frame after a large one that does not fit', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { frame: Buffer.alloc(1000) }));
      const [small] = await storeMany(tested(), sessionId, 1);
      const { frames } = await readLive(tested(), sessionId);
      expect(await quarantine(sessionId, frames, { quarantineMaxBytes: 500 })).toEqual([
        small?.updateId,
      ]);
    });

    it('is asked for once only by a move that is repeated', async () => {
      const { sessionId, frame } = await quarantinedSession(tested(), 1);
      const given = { quarantineMaxBytes: FRAME_BYTES };
      expect(await quarantine(sessionId, [frame], given)).toEqual([frame.name]);
      expect(await quarantine(sessionId, [frame], { quarantineMaxBytes: 1 })).toEqual([frame.name]);
    });
  });
}
