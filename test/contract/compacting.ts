// Contract: compaction replaces exactly the frames that were folded, or nothing.

import { describe, expect, it } from 'vitest';
import { RECENT_UPDATES, STORED_HEAD_BYTES } from '../../src/store/session-store.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  newUpdateId,
  readLive,
  readStill,
  type StoreUnderTest,
  store,
  storedBytes,
  storeMany,
  untilMissing,
} from './store-under-test.ts';

export function describeCompacting(tested: () => StoreUnderTest): void {
  /** A session of so many frames, as it was read. */
  const sessionOf = async (frames: number) => {
    const sessionId = newSessionId();
    await storeMany(tested(), sessionId, frames);
    return { sessionId, view: await readLive(tested(), sessionId) };
  };

  describe('compact()', () => {
    it('puts the snapshot where the folded frames were', async () => {
      const { sessionId, view } = await sessionOf(3);
      const compaction = compactionOf(sessionId, view);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toHaveLength(1);
      const [snapshot] = session.frames;
      const { frame, ...position } = compaction.snapshot;
      expect(snapshot).toMatchObject({ ...position, kind: 'snapshot' });
      expect(Buffer.compare(snapshot?.bytes ?? Buffer.alloc(0), frame)).toBe(0);
      expect(session.recent).toEqual(compaction.recent);
    });

    it('changes neither revision nor etag, incarnation, flow, creation or expiry', async () => {
      const { sessionId, view } = await sessionOf(3);
      await tested().store.compact(compactionOf(sessionId, view));
      const { revision, etag, incarnation, createdAtMs, expiresAtMs, flowId } = view;
      const same = { revision, etag, incarnation, createdAtMs, expiresAtMs, flowId };
      expect(await readLive(tested(), sessionId)).toMatchObject(same);
    });

    it('counts the bytes that are left', async () => {
      const { sessionId, view } = await sessionOf(5);
      await tested().store.compact(compactionOf(sessionId, view, { folded: view.frames.slice(0, 3) }));
      const half = await readLive(tested(), sessionId);
      expect(half.snapshotBytes).toBe(STORED_HEAD_BYTES + 64);
      expect(half.deltaBytes).toBe(storedBytes(half.frames, 'delta'));
      await tested().store.compact(compactionOf(sessionId, half));
      expect(await readLive(tested(), sessionId)).toMatchObject({
        snapshotBytes: STORED_HEAD_BYTES + 64,
        deltaBytes: 0,
      });
      const next = await store(tested(), appendOf(sessionId, { frame: Buffer.alloc(10) }));
      expect(next).toMatchObject({
        snapshotBytes: STORED_HEAD_BYTES + 64,
        deltaBytes: STORED_HEAD_BYTES + 10,
        revision: 6,
      });
    });

    it('keeps the updates that came after the reading', async () => {
      const { sessionId, view } = await sessionOf(3);
      const late = await storeMany(tested(), sessionId, 2);
      const compaction = compactionOf(sessionId, view);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      const session = await readLive(tested(), sessionId);
      const expected = [compaction.snapshot.name, ...late.map((append) => append.updateId)];
      expect(session.frames.map((frame) => frame.name)).toEqual(expected);
      expect(session.frames.map((frame) => frame.revision)).toEqual([3, 4, 5]);
      expect(session.revision).toBe(5);
    });

    it('loses nothing when it runs among appends', async () => {
      const { sessionId, view } = await sessionOf(8);
      const appends = Array.from({ length: 32 }, () => appendOf(sessionId));
      const [outcome, ...results] = await Promise.all([
        tested().store.compact(compactionOf(sessionId, view)),
        ...appends.map((append) => store(tested(), append)),
      ]);
      expect(outcome).toBe('compacted');
      expect(new Set(results.map((result) => result.revision)).size).toBe(32);
      const names = (await readLive(tested(), sessionId)).frames.map((frame) => frame.name);
      expect(names).toHaveLength(33);
      expect(names).toEqual(expect.arrayContaining(appends.map((append) => append.updateId)));
    });

    it('refuses a second compactor that read the same frames', async () => {
      const { sessionId, view } = await sessionOf(3);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('compacted');
      const after = await readStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(after);
    });

    it('lets one of two compactors through that come at once', async () => {
      const { sessionId, view } = await sessionOf(3);
      const outcomes = await Promise.all([
        tested().store.compact(compactionOf(sessionId, view)),
        tested().store.compact(compactionOf(sessionId, view)),
      ]);
      expect(outcomes.sort()).toEqual(['changed', 'compacted']);
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(1);
    });

    it('answers the same again when its answer was lost, also after newer updates', async () => {
      const { sessionId, view } = await sessionOf(3);
      const compaction = compactionOf(sessionId, view);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      await storeMany(tested(), sessionId, 1);
      const after = await readStill(tested(), sessionId);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      expect(await readStill(tested(), sessionId)).toEqual(after);
    });

    it.each([
      ['one of them is gone', { name: newUpdateId() }],
      ['one of them has other bytes', { fingerprint: 'other' }],
    ])('leaves everything as it was if %s', async (_, difference) => {
      const { sessionId, view } = await sessionOf(3);
      const before = await readStill(tested(), sessionId);
      const [first, ...rest] = view.frames;
      if (first === undefined) throw new Error('the session has no frames');
      const folded = [...rest, { ...first, ...difference }];
      expect(await tested().store.compact(compactionOf(sessionId, view, { folded }))).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('never overwrites a frame that has the name of the snapshot', async () => {
      const { sessionId, view } = await sessionOf(2);
      const first = compactionOf(sessionId, view);
      await tested().store.compact(first);
      const [update] = await storeMany(tested(), sessionId, 1);
      const later = await readLive(tested(), sessionId);
      const before = await readStill(tested(), sessionId);
      const folded = later.frames.filter((frame) => frame.name === update?.updateId);
      const snapshot = { ...first.snapshot, frame: Buffer.from('other') };
      const outcome = await tested().store.compact(compactionOf(sessionId, later, { folded, snapshot }));
      expect(outcome).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('refuses a snapshot that is there already if one of its frames is, too', async () => {
      const { sessionId, view } = await sessionOf(2);
      const compaction = compactionOf(sessionId, view);
      await tested().store.compact(compaction);
      await storeMany(tested(), sessionId, 1);
      const before = await readStill(tested(), sessionId);
      const folded = [...view.frames, ...before.frames.filter((frame) => frame.kind === 'delta')];
      expect(await tested().store.compact({ ...compaction, folded })).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('adds no snapshot to a session of which nothing was folded', async () => {
      const { sessionId, view } = await sessionOf(1);
      const before = await readStill(tested(), sessionId);
      expect(await tested().store.compact(compactionOf(sessionId, view, { folded: [] }))).toBe('changed');
      expect(await readStill(tested(), sessionId)).toEqual(before);
    });

    it('never creates a session', async () => {
      const { view } = await sessionOf(1);
      const nobody = newSessionId();
      expect(await tested().store.compact(compactionOf(nobody, view))).toBe('changed');
      expect(await tested().store.compact(compactionOf(nobody, view, { folded: [] }))).toBe('changed');
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

    it('refuses what was read of an older incarnation, though the frame is the same', async () => {
      const append = appendOf(newSessionId(), { ttlMs: 100 });
      await store(tested(), append);
      const old = await readLive(tested(), append.sessionId);
      await untilMissing(tested(), append.sessionId);
      await storeMany(tested(), append.sessionId, 1);
      const { frames } = await readLive(tested(), append.sessionId);
      const before = await readStill(tested(), append.sessionId);
      const outcome = await tested().store.compact(compactionOf(append.sessionId, old, { folded: frames }));
      expect(outcome).toBe('changed');
      expect(await readStill(tested(), append.sessionId)).toEqual(before);
    });

    it('replaces 2500 frames at once', async () => {
      const sessionId = newSessionId();
      const appends = Array.from({ length: 2500 }, () => appendOf(sessionId));
      await Promise.all(appends.map((append) => store(tested(), append)));
      const view = await readLive(tested(), sessionId);
      expect(view.frames).toHaveLength(2500);
      expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('compacted');
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toHaveLength(1);
      expect(session).toMatchObject({ revision: 2500, deltaBytes: 0 });
    }, 30_000);

    it(`remembers the last ${RECENT_UPDATES} updates, and answers them oldest first`, async () => {
      const { sessionId, view } = await sessionOf(RECENT_UPDATES + 6);
      const compaction = compactionOf(sessionId, view);
      await tested().store.compact(compaction);
      const { recent } = await readLive(tested(), sessionId);
      expect(recent).toHaveLength(RECENT_UPDATES);
      expect(recent.map((update) => update.revision)).toEqual(
        Array.from({ length: RECENT_UPDATES }, (_, place) => place + 7),
      );
      expect(recent).toEqual(compaction.recent);
    });
  });
}
