// Contract: a frame goes into quarantine as it is, and its session goes on without it.

import { describe, expect, it } from 'vitest';
import type { StoredFrame } from '../../src/store/session-store.ts';
import {
  inspectStill,
  MINUTE_MS,
  moveFrames,
  movesOf,
  quarantinedSession,
  takeLock,
} from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  readLive,
  readStill,
  type StoreUnderTest,
  sessionOf,
  store,
  stored,
  storedBytes,
  storeMany,
} from './store-under-test.ts';

const FRAME_BYTES = 78;

export function describeQuarantining(tested: () => StoreUnderTest): void {
  const quarantine = (sessionId: string, frames: StoredFrame[], given = {}) =>
    moveFrames(tested(), sessionId, movesOf('quarantine', frames), given);
  const namesOf = (frames: StoredFrame[]) => frames.map((frame) => frame.name).sort();

  describe('quarantine() of a frame', () => {
    it('moves it out of the session as it is, with the time of the move and its end', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      const moved = view.frames.slice(0, 2);
      expect(await quarantine(sessionId, moved, { ttlMs: MINUTE_MS })).toEqual(namesOf(moved));
      const { nowMs, session, quarantine: found } = await tested().store.inspect(sessionId);
      expect(session?.frames).toEqual(view.frames.slice(2));
      expect(session?.quarantined).toBe(2);
      expect(found).toHaveLength(2);
      for (const frame of moved) {
        const kept = found.find(({ name }) => name === frame.name);
        expect(kept).toMatchObject(frame);
        expect(Buffer.compare(kept?.value ?? Buffer.alloc(0), frame.value)).toBe(0);
        const { quarantinedAtMs, expiresAtMs } = kept ?? { quarantinedAtMs: 0, expiresAtMs: 0 };
        expect(expiresAtMs - quarantinedAtMs).toBe(MINUTE_MS);
        expect(quarantinedAtMs).toBeLessThanOrEqual(nowMs);
        expect(quarantinedAtMs).toBeGreaterThan(nowMs - 5_000);
      }
    });

    it('takes the place of an older one of its name, and of its bytes', async () => {
      const sessionId = newSessionId();
      const [append] = await storeMany(tested(), sessionId, 1);
      const older = (await readLive(tested(), sessionId)).frames;
      await quarantine(sessionId, older);
      await store(tested(), append ?? appendOf(sessionId));
      const newer = (await readLive(tested(), sessionId)).frames;
      const room = { quarantineMaxBytes: FRAME_BYTES };
      expect(await quarantine(sessionId, newer, room)).toEqual(namesOf(newer));
      const { session, quarantine: found } = await tested().store.inspect(sessionId);
      expect([session?.frames, found]).toMatchObject([[], newer]);
      expect(found[0]?.value).not.toEqual(older[0]?.value);
      expect(await store(tested(), append ?? appendOf(sessionId))).toMatchObject({ revision: 3 });
    });

    it('takes its bytes off the session', async () => {
      const { sessionId, view } = await sessionOf(tested(), 4);
      const compaction = compactionOf(sessionId, view, { folded: view.frames.slice(0, 2) });
      await tested().store.compact(compaction);
      const before = await readLive(tested(), sessionId);
      const [snapshot, delta] = before.frames;
      if (snapshot === undefined || delta === undefined) throw new Error('frames are missing');
      await quarantine(sessionId, [snapshot, delta]);
      const session = await readLive(tested(), sessionId);
      expect(session).toMatchObject({ snapshotBytes: 0, deltaBytes: FRAME_BYTES });
      const next = await store(tested(), appendOf(sessionId));
      expect(next).toMatchObject({
        snapshotBytes: 0,
        deltaBytes: 2 * FRAME_BYTES,
        repaired: false,
      });
      const [kept] = (await tested().store.inspect(sessionId)).quarantine.filter(
        (frame) => frame.kind === 'snapshot',
      );
      expect(kept).toMatchObject(snapshot);
    });

    it('makes room in a session that is full', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const append = appendOf(sessionId, { sessionMaxBytes: 2 * FRAME_BYTES });
      expect((await tested().store.append(append)).status).toBe('needs-fold');
      await quarantine(sessionId, view.frames.slice(0, 1));
      expect(stored(await tested().store.append(append)).deltaBytes).toBe(2 * FRAME_BYTES);
    });

    it('changes neither revision nor etag, incarnation, creation, expiry, flow and memory', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { flowId: 'flow' }));
      await tested().store.compact(compactionOf(sessionId, await readLive(tested(), sessionId)));
      await storeMany(tested(), sessionId, 2);
      const before = await readStill(tested(), sessionId);
      await quarantine(sessionId, before.frames, { ttlMs: 1000 * MINUTE_MS });
      const { frames: _, ...rest } = before;
      const session = await readStill(tested(), sessionId);
      expect(session).toEqual({
        ...rest,
        frames: [],
        snapshotBytes: 0,
        deltaBytes: 0,
        quarantined: 3,
        isWhole: false,
      });
      expect(await store(tested(), appendOf(sessionId, { ifMatch: before.etag }))).toMatchObject({
        revision: 4,
        created: false,
        repaired: false,
      });
    });

    it('is done while somebody holds the lock', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      await takeLock(tested(), sessionId);
      expect(await quarantine(sessionId, view.frames)).toEqual(namesOf(view.frames));
    });

    it('answers the same again when it is repeated, and changes nothing, not even its times', async () => {
      const { sessionId, frame } = await quarantinedSession(tested(), 2);
      const before = await inspectStill(tested(), sessionId);
      expect(await quarantine(sessionId, [frame], { ttlMs: MINUTE_MS })).toEqual([frame.name]);
      expect(await inspectStill(tested(), sessionId)).toEqual(before);
    });

    it.each([
      ['no bytes', Buffer.alloc(0)],
      ['half a head', Buffer.from('00000')],
      ['every value of a byte', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
      ['line ends and zeros', Buffer.from('\r\n\0\0\r\n$5\r\n')],
    ])('keeps a stored value of %s byte by byte', async (_, value) => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const [damaged] = view.frames;
      await tested().tamper(sessionId, { frame: damaged?.name ?? '', value });
      const frames = (await readLive(tested(), sessionId)).frames.filter(
        ({ name }) => name === damaged?.name,
      );
      expect(await quarantine(sessionId, frames)).toEqual(namesOf(frames));
      const [kept] = (await tested().store.inspect(sessionId)).quarantine;
      expect(Buffer.compare(kept?.value ?? Buffer.from('none'), value)).toBe(0);
      expect(kept).toMatchObject({ name: damaged?.name, kind: 'delta', revision: 0, etag: '' });
      expect(await readLive(tested(), sessionId)).toMatchObject({
        deltaBytes: FRAME_BYTES,
        quarantined: 1,
      });
    });

    it('lets its update be stored anew', async () => {
      const sessionId = newSessionId();
      const [append] = await storeMany(tested(), sessionId, 1);
      const { frames } = await readLive(tested(), sessionId);
      await quarantine(sessionId, frames);
      const again = await store(tested(), append ?? appendOf(sessionId));
      expect(again).toMatchObject({ revision: 2, created: false });
      const session = await readLive(tested(), sessionId);
      expect(namesOf(session.frames)).toEqual([append?.updateId]);
      expect(session.quarantined).toBe(1);
    });

    it('moves 1500 at once', async () => {
      const sessionId = newSessionId();
      const appends = Array.from({ length: 1501 }, () => appendOf(sessionId));
      await Promise.all(appends.map((append) => store(tested(), append)));
      const view = await readLive(tested(), sessionId);
      expect(await quarantine(sessionId, view.frames.slice(1))).toHaveLength(1500);
      const { session, quarantine: kept } = await tested().store.inspect(sessionId);
      expect(kept).toHaveLength(1500);
      expect(session).toMatchObject({ deltaBytes: storedBytes(view.frames.slice(0, 1), 'delta') });
    }, 30_000);
  });
}
