// Contract: how a frame comes out of quarantine: back into its session, or to nowhere.

import { describe, expect, it } from 'vitest';
import type { QuarantineMove } from '../../src/store/session-store.ts';
import { inspectStill, moveFrames, movesOf, quarantinedSession } from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  readLive,
  readStill,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
  untilMissing,
} from './store-under-test.ts';

const FRAME_BYTES = 78;
/** Long enough to be moved about, short enough to be watched until it ends. */
const SHORT_LIFE_MS = 1_000;

export function describeReleasing(tested: () => StoreUnderTest): void {
  describe('quarantine() to release a frame', () => {
    it('puts it back as it was, and answers the same again', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const before = await readStill(tested(), sessionId);
      await moveFrames(tested(), sessionId, movesOf('quarantine', view.frames));
      const names = view.frames.map((frame) => frame.name).sort();
      for (let turn = 0; turn < 2; turn++) {
        expect(await moveFrames(tested(), sessionId, movesOf('release', view.frames))).toEqual(
          names,
        );
        expect(await readStill(tested(), sessionId)).toEqual(before);
        expect((await tested().store.inspect(sessionId)).quarantine).toEqual([]);
      }
      const next = await store(tested(), appendOf(sessionId));
      expect(next).toMatchObject({ revision: 4, deltaBytes: 4 * FRAME_BYTES, repaired: false });
    });

    it('makes its update known again', async () => {
      const sessionId = newSessionId();
      const [append] = await storeMany(tested(), sessionId, 1);
      const { frames } = await readLive(tested(), sessionId);
      await moveFrames(tested(), sessionId, movesOf('quarantine', frames));
      await moveFrames(tested(), sessionId, movesOf('release', frames));
      const again = await tested().store.append(append ?? appendOf(sessionId));
      expect(again).toMatchObject({ status: 'known', revision: 1 });
    });

    it('leaves it where it is if there is a frame of that name', async () => {
      const sessionId = newSessionId();
      const [append] = await storeMany(tested(), sessionId, 1);
      const { frames } = await readLive(tested(), sessionId);
      await moveFrames(tested(), sessionId, movesOf('quarantine', frames));
      await store(tested(), append ?? appendOf(sessionId));
      const before = await inspectStill(tested(), sessionId);
      expect(await moveFrames(tested(), sessionId, movesOf('release', frames))).toEqual([]);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('revives no session that is gone', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: SHORT_LIFE_MS }));
      const { frames } = await readLive(tested(), sessionId);
      expect(await moveFrames(tested(), sessionId, movesOf('quarantine', frames))).toHaveLength(1);
      await untilMissing(tested(), sessionId);
      const before = await inspectStill(tested(), sessionId);
      expect(await moveFrames(tested(), sessionId, movesOf('release', frames))).toEqual([]);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });
  });

  describe('quarantine() to discard a frame', () => {
    it('forgets it, and answers the same again', async () => {
      const { sessionId, frame } = await quarantinedSession(tested(), 2);
      const { quarantined: _, ...before } = await readStill(tested(), sessionId);
      for (let turn = 0; turn < 2; turn++) {
        expect(await moveFrames(tested(), sessionId, movesOf('discard', [frame]))).toEqual([
          frame.name,
        ]);
        expect((await tested().store.inspect(sessionId)).quarantine).toEqual([]);
        expect(await readStill(tested(), sessionId)).toEqual({ ...before, quarantined: 0 });
      }
    });

    it('touches no frame of the session', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const before = await inspectStill(tested(), sessionId);
      await moveFrames(tested(), sessionId, movesOf('discard', view.frames));
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });
  });

  describe('quarantine() out of quarantine', () => {
    it.each<QuarantineMove['move']>(['release', 'discard'])(
      'leaves what differs in one byte from what the mover of a %s saw',
      async (move) => {
        const { sessionId, frame } = await quarantinedSession(tested(), 2);
        const before = await inspectStill(tested(), sessionId);
        for (const at of [0, 12, 40, FRAME_BYTES - 1]) {
          const value = Buffer.from(frame.value);
          value[at] = (value[at] ?? 0) ^ 1;
          expect(
            await moveFrames(tested(), sessionId, movesOf(move, [{ ...frame, value }])),
          ).toEqual([]);
        }
        expect(await inspectStill(tested(), sessionId)).toEqual(before);
      },
    );

    it('is done or not for each frame by itself, in both directions at once', async () => {
      const { sessionId, view } = await sessionOf(tested(), 4);
      const [first, second, third, fourth] = view.frames;
      if (!first || !second || !third || !fourth) throw new Error('the session has four frames');
      await moveFrames(tested(), sessionId, movesOf('quarantine', [first, second, third]));
      const moves = [
        ...movesOf('release', [first]),
        ...movesOf('discard', [second]),
        ...movesOf('release', [{ ...third, value: fourth.value }]),
        ...movesOf('quarantine', [fourth]),
      ];
      const done = [first, second, fourth].map((frame) => frame.name).sort();
      expect(await moveFrames(tested(), sessionId, moves)).toEqual(done);
      const { session, quarantine } = await tested().store.inspect(sessionId);
      expect(session?.frames).toEqual([first]);
      const kept = [third, fourth].map((frame) => frame.name).sort();
      expect(quarantine.map((frame) => frame.name).sort()).toEqual(kept);
    });
  });
}
