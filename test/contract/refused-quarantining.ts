// Contract: what is not exactly what its mover saw stays where it is.

import { describe, expect, it } from 'vitest';
import type { StoredFrame } from '../../src/store/session-store.ts';
import { inspectStill, moveFrames, movesOf, quarantinedSession } from './control-under-test.ts';
import {
  compactionOf,
  newSessionId,
  readLive,
  type StoreUnderTest,
  sessionOf,
} from './store-under-test.ts';

const FRAME_BYTES = 78;

export function describeRefusedQuarantining(tested: () => StoreUnderTest): void {
  const quarantine = (sessionId: string, frames: StoredFrame[], given = {}) =>
    moveFrames(tested(), sessionId, movesOf('quarantine', frames), given);

  describe('quarantine() of what changed', () => {
    it.each([
      ['its head', 12],
      ['its payload', 40],
      ['its digest', FRAME_BYTES - 1],
      ['its first byte', 0],
    ])(
      'leaves it where it is if it differs in one byte of %s from what the mover saw',
      async (_, at) => {
        const { sessionId, view } = await sessionOf(tested(), 1);
        const before = await inspectStill(tested(), sessionId);
        const seen = view.frames.map((frame) => ({ ...frame, value: Buffer.from(frame.value) }));
        for (const { value } of seen) value[at] = (value[at] ?? 0) ^ 1;
        expect(await quarantine(sessionId, seen)).toEqual([]);
        expect(await inspectStill(tested(), sessionId)).toEqual(before);
      },
    );

    it('leaves it where it is if the mover saw more of it, or less', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      const before = await inspectStill(tested(), sessionId);
      for (const { name, value } of view.frames) {
        for (const other of [
          Buffer.concat([value, Buffer.of(0)]),
          value.subarray(0, -1),
          Buffer.alloc(0),
        ]) {
          const move = { move: 'quarantine' as const, name, value: other };
          expect(await moveFrames(tested(), sessionId, [move])).toEqual([]);
        }
      }
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('is done or not for each frame by itself', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const seen = view.frames.map((frame, place) =>
        place === 1 ? { ...frame, value: Buffer.from('other') } : frame,
      );
      const [first, second, third] = view.frames;
      expect(await quarantine(sessionId, seen)).toEqual([first?.name, third?.name].sort());
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toEqual([second]);
      expect(session.quarantined).toBe(2);
    });

    it('finds nothing where no such frame or no such session is, and creates neither', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      const [frame] = view.frames;
      const nobody = newSessionId();
      expect(await quarantine(nobody, view.frames)).toEqual([]);
      expect(await tested().store.inspect(nobody)).toMatchObject({
        session: undefined,
        quarantine: [],
      });
      const before = await inspectStill(tested(), sessionId);
      const value = frame?.value ?? Buffer.alloc(0);
      const move = { move: 'quarantine' as const, name: 'no-frame-has-this-name', value };
      expect(await moveFrames(tested(), sessionId, [move])).toEqual([]);
      expect(await moveFrames(tested(), sessionId, [])).toEqual([]);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it('keeps the compactor away that had read it, and not the one who reads again', async () => {
      const { sessionId, view } = await quarantinedSession(tested(), 3);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      const anew = compactionOf(sessionId, await readLive(tested(), sessionId));
      expect(await tested().store.compact(anew)).toBe('compacted');
      const session = await readLive(tested(), sessionId);
      expect(session).toMatchObject({ quarantined: 1, deltaBytes: 0 });
      expect(session.frames).toHaveLength(1);
    });

    it('moves nothing that a compactor folds at once, or the compactor folds nothing', async () => {
      const { sessionId, view } = await sessionOf(tested(), 4);
      const [outcome, moved] = await Promise.all([
        tested().store.compact(compactionOf(sessionId, view)),
        quarantine(sessionId, view.frames),
      ]);
      const { frames, quarantined } = await readLive(tested(), sessionId);
      const counts = { moved: moved.length, quarantined, frames: frames.length };
      if (outcome === 'compacted') expect(counts).toEqual({ moved: 0, quarantined: 0, frames: 1 });
      else expect(counts).toEqual({ moved: 4, quarantined: 4, frames: 0 });
    });
  });
}
