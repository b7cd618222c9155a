// Contract: what compaction refuses. A refused one answers `changed` and has written nothing.

import { describe, expect, it } from 'vitest';
import { erase, inspectStill, moveFrames, movesOf, takeLock } from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  inShortLife,
  newSessionId,
  newUpdateId,
  readLive,
  readStill,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
  untilMissing,
} from './store-under-test.ts';

/** Moves the first frame of a session into quarantine. */
async function quarantineOne(tested: StoreUnderTest, sessionId: string): Promise<void> {
  const { frames } = await readLive(tested, sessionId);
  const moves = movesOf('quarantine', frames.slice(0, 1));
  expect(await moveFrames(tested, sessionId, moves)).toHaveLength(1);
}

export function describeRefusedCompacting(tested: () => StoreUnderTest): void {
  describe('compact()', () => {
    it('refuses a second compactor that read the same frames', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('compacted');
      const after = await readStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(after);
    });

    it.each([
      ['one of them is gone', { name: newUpdateId() }],
      ['one of them has other bytes', { value: Buffer.from('other') }],
    ])('leaves everything as it was if %s', async (_, difference) => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const before = await readStill(tested(), sessionId);
      const [first, ...rest] = view.frames;
      if (first === undefined) throw new Error('the session has no frames');
      const folded = [...rest, { ...first, ...difference }];
      expect(await tested().store.compact(compactionOf(sessionId, view, { folded }))).toBe(
        'changed',
      );
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('never overwrites a frame that has the name of the snapshot', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const first = compactionOf(sessionId, view);
      await tested().store.compact(first);
      const [update] = await storeMany(tested(), sessionId, 1);
      const later = await readLive(tested(), sessionId);
      const before = await readStill(tested(), sessionId);
      const folded = later.frames.filter((frame) => frame.name === update?.updateId);
      const snapshot = { ...first.snapshot, frame: Buffer.from('other') };
      const outcome = await tested().store.compact(
        compactionOf(sessionId, later, { folded, snapshot }),
      );
      expect(outcome).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('refuses a snapshot that is there already if one of its frames is, too', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const compaction = compactionOf(sessionId, view);
      await tested().store.compact(compaction);
      await storeMany(tested(), sessionId, 1);
      const before = await readStill(tested(), sessionId);
      const folded = [...view.frames, ...before.frames.filter((frame) => frame.kind === 'delta')];
      expect(await tested().store.compact({ ...compaction, folded })).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('adds no snapshot to a session of which nothing was folded', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      const before = await readStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view, { folded: [] }))).toBe(
        'changed',
      );
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('never creates a session', async () => {
      const { view } = await sessionOf(tested(), 1);
      const nobody = newSessionId();
      expect(await tested().store.compact(compactionOf(nobody, view))).toBe('changed');
      expect(await tested().store.compact(compactionOf(nobody, view, { folded: [] }))).toBe(
        'changed',
      );
      expect(await tested().store.read(nobody)).toBeUndefined();
      expect(await store(tested(), appendOf(nobody))).toMatchObject({ revision: 1, created: true });
    });

    it('never revives a session that is over', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: 100 }));
      const view = await readLive(tested(), sessionId);
      await untilMissing(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await tested().store.read(sessionId)).toBeUndefined();
      await store(tested(), appendOf(sessionId));
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(1);
    });

    it.each<[string, (sessionId: string) => Promise<unknown>]>([
      ['a lock', (sessionId) => takeLock(tested(), sessionId)],
      ['a frame in quarantine', (sessionId) => quarantineOne(tested(), sessionId)],
    ])('never revives a session that is over under %s, which stays', async (_, keepKey) => {
      const { sessionId, view } = await inShortLife(async (ttlMs) => {
        const sessionId = newSessionId();
        await store(tested(), appendOf(sessionId, { ttlMs }));
        await store(tested(), appendOf(sessionId, { ttlMs }));
        await keepKey(sessionId);
        return { sessionId, view: await readLive(tested(), sessionId) };
      });
      await untilMissing(tested(), sessionId);
      const before = await inspectStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('never revives a session that is over under a tombstone, which stays', async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId);
      const view = await inShortLife(async (ttlMs) => {
        await store(tested(), appendOf(sessionId, { ttlMs }));
        return readLive(tested(), sessionId);
      });
      await untilMissing(tested(), sessionId);
      const before = await inspectStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('refuses what was read of an older incarnation, though the frame is the same', async () => {
      const append = appendOf(newSessionId(), { ttlMs: 100 });
      await store(tested(), append);
      const old = await readLive(tested(), append.sessionId);
      await untilMissing(tested(), append.sessionId);
      await storeMany(tested(), append.sessionId, 1);
      const { frames } = await readLive(tested(), append.sessionId);
      const before = await readStill(tested(), append.sessionId);
      const outcome = await tested().store.compact(
        compactionOf(append.sessionId, old, { folded: frames }),
      );
      expect(outcome).toBe('changed');
      expect(await readStill(tested(), append.sessionId)).toEqual(before);
    });
  });
}
