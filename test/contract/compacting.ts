// Contract: compaction replaces exactly the frames that were folded, or nothing.

import { describe, expect, it } from 'vitest';
import { recentFrom } from '../../src/store/recent-updates.ts';
import { RECENT_UPDATES } from '../../src/store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../src/store/stored-head.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  readLive,
  readStill,
  type StoreUnderTest,
  sessionOf,
  store,
  storedBytes,
  storeMany,
} from './store-under-test.ts';

export function describeCompacting(tested: () => StoreUnderTest): void {
  describe('compact()', () => {
    it('puts the snapshot where the folded frames were', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const compaction = compactionOf(sessionId, view);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toHaveLength(1);
      const [snapshot] = session.frames;
      const { frame, ...position } = compaction.snapshot;
      expect(snapshot).toMatchObject({ ...position, kind: 'snapshot' });
      expect(Buffer.compare(snapshot?.bytes ?? Buffer.alloc(0), frame)).toBe(0);
      expect(recentFrom(session.recent)).toEqual(compaction.recent);
    });

    it('changes neither revision nor etag, incarnation, flow, creation or expiry', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      await tested().store.compact(compactionOf(sessionId, view));
      const { revision, etag, incarnation, createdAtMs, expiresAtMs, flowId } = view;
      const same = { revision, etag, incarnation, createdAtMs, expiresAtMs, flowId };
      expect(await readLive(tested(), sessionId)).toMatchObject(same);
    });

    it('counts the bytes that are left', async () => {
      const { sessionId, view } = await sessionOf(tested(), 5);
      await tested().store.compact(
        compactionOf(sessionId, view, { folded: view.frames.slice(0, 3) }),
      );
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
      const { sessionId, view } = await sessionOf(tested(), 3);
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
      const { sessionId, view } = await sessionOf(tested(), 8);
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

    it('lets one of two compactors through that come at once', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const outcomes = await Promise.all([
        tested().store.compact(compactionOf(sessionId, view)),
        tested().store.compact(compactionOf(sessionId, view)),
      ]);
      expect(outcomes.sort()).toEqual(['changed', 'compacted']);
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(1);
    });

    it('answers the same again when its answer was lost, also after newer updates', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const compaction = compactionOf(sessionId, view);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      await storeMany(tested(), sessionId, 1);
      const after = await readStill(tested(), sessionId);
      expect(await tested().store.compact(compaction)).toBe('compacted');
      expect(await readStill(tested(), sessionId)).toEqual(after);
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
      const { sessionId, view } = await sessionOf(tested(), RECENT_UPDATES + 6);
      const compaction = compactionOf(sessionId, view);
      await tested().store.compact(compaction);
      const recent = recentFrom((await readLive(tested(), sessionId)).recent);
      expect(recent).toHaveLength(RECENT_UPDATES);
      expect(recent.map((update) => update.revision)).toEqual(
        Array.from({ length: RECENT_UPDATES }, (_, place) => place + 7),
      );
      expect(recent).toEqual(compaction.recent);
    });
  });
}
