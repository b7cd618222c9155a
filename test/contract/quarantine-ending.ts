// Contract: how long a frame stays in quarantine, whatever becomes of its session.

import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import {
  erase,
  MINUTE_MS,
  moveFrames,
  movesOf,
  quarantinedSession,
  SHORT_MS,
} from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  readLive,
  type StoreUnderTest,
  store,
  untilMissing,
} from './store-under-test.ts';

const FRAME_BYTES = 78;
/** Long enough to be moved about, short enough to be watched until it ends. */
const SHORT_LIFE_MS = 1_000;

export function describeQuarantineEnding(tested: () => StoreUnderTest): void {
  const untilEmpty = (sessionId: string) =>
    until('the quarantine to end', async () =>
      (await tested().store.inspect(sessionId)).quarantine.length === 0 ? true : undefined,
    );
  /** A session in quarantine of which is a frame whose time has passed. */
  const endedQuarantine = async () => {
    const found = await quarantinedSession(tested(), 2, { ttlMs: SHORT_MS });
    await untilEmpty(found.sessionId);
    return found;
  };

  describe('a frame in quarantine', () => {
    it('is gone at the end of its time, for every call', async () => {
      const { sessionId, frame } = await endedQuarantine();
      expect((await readLive(tested(), sessionId)).quarantined).toBe(0);
      expect(await moveFrames(tested(), sessionId, movesOf('release', [frame]))).toEqual([]);
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(1);
      expect((await erase(tested(), sessionId)).quarantined).toBe(0);
    });

    it('gives its room free at the end of its time', async () => {
      const { sessionId } = await endedQuarantine();
      const { frames } = await readLive(tested(), sessionId);
      const given = { quarantineMaxBytes: FRAME_BYTES };
      expect(
        await moveFrames(tested(), sessionId, movesOf('quarantine', frames), given),
      ).toHaveLength(1);
    });

    it('gives its room free when it is released or discarded', async () => {
      for (const move of ['release', 'discard'] as const) {
        const { sessionId, frame } = await quarantinedSession(tested(), 2);
        const [other] = (await readLive(tested(), sessionId)).frames;
        if (other === undefined) throw new Error('the session has a second frame');
        const given = { quarantineMaxBytes: FRAME_BYTES };
        expect(
          await moveFrames(tested(), sessionId, movesOf('quarantine', [other]), given),
        ).toEqual([]);
        await moveFrames(tested(), sessionId, movesOf(move, [frame]));
        const moved = await moveFrames(tested(), sessionId, movesOf('quarantine', [other]), given);
        expect(moved).toEqual([other.name]);
      }
    });

    it('outlives its session, is counted in the next life of it, and goes with an erase', async () => {
      const sessionId = newSessionId();
      const short = { ttlMs: SHORT_LIFE_MS };
      await store(tested(), appendOf(sessionId, short));
      const { frames } = await readLive(tested(), sessionId);
      const moved = await moveFrames(tested(), sessionId, movesOf('quarantine', frames), {
        ttlMs: MINUTE_MS,
      });
      expect(moved).toHaveLength(1);
      await untilMissing(tested(), sessionId);
      const kept = (await tested().store.inspect(sessionId)).quarantine;
      expect(kept).toMatchObject(frames);
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({
        revision: 1,
        created: true,
      });
      const { session, quarantine } = await tested().store.inspect(sessionId);
      expect(quarantine).toEqual(kept);
      expect(session?.frames).toHaveLength(1);
      expect(session?.quarantined).toBe(1);
      expect(await erase(tested(), sessionId)).toMatchObject({ frames: 1, quarantined: 1 });
      expect((await tested().store.inspect(sessionId)).quarantine).toEqual([]);
    });

    it('is gone at the end of its time also after its session expired', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: SHORT_LIFE_MS }));
      const { frames } = await readLive(tested(), sessionId);
      const given = { ttlMs: SHORT_LIFE_MS + 500 };
      expect(
        await moveFrames(tested(), sessionId, movesOf('quarantine', frames), given),
      ).toHaveLength(1);
      await untilMissing(tested(), sessionId);
      await untilEmpty(sessionId);
    });
  });
}
