// Contract: what a later release writes is read already, so that both may work on one store.

import { describe, expect, it } from 'vitest';
import { recentFrom } from '../../src/store/recent-updates.ts';
import type { Append } from '../../src/store/session-store.ts';
import { type Reception, storedHead } from '../../src/store/stored-head.ts';
import { appendInVain, erase } from './control-under-test.ts';
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

const UPDATES = 70;
const RECEPTION: Reception = {
  lowestMicros: 1_718_445_600_000_001,
  highestMicros: 1_718_445_600_000_001,
  clockTag: '0123abcd',
};

/** A frame that is long enough for what it says: its length fits. */
function frameOf(payloadBytes: number): Buffer {
  const frame = Buffer.alloc(4 + payloadBytes + 32, 7);
  frame.writeUInt32BE(payloadBytes);
  return frame;
}

export function describeNewerForms(tested: () => StoreUnderTest): void {
  const foldInBinary = async (sessionId: string) => {
    const session = await readLive(tested(), sessionId);
    const compaction = compactionOf(sessionId, session, { isRecentBinary: true });
    expect(await tested().store.compact(compaction)).toBe('compacted');
  };

  /** A session whose only frame has this head in front of it. */
  const sessionWithHead = async (headOf: (revision: number, etag: string) => string) => {
    const append = appendOf(newSessionId(), { frame: frameOf(40) });
    const { revision, etag } = await store(tested(), append);
    const value = Buffer.concat([Buffer.from(headOf(revision, etag)), append.frame]);
    await tested().tamper(append.sessionId, { frame: append.updateId, value });
    return { append, revision, etag, value };
  };

  describe('remembered updates in binary', () => {
    it('are read as they were written, and known', async () => {
      const sessionId = newSessionId();
      const appends = await storeMany(tested(), sessionId, UPDATES);
      const frames = (await readLive(tested(), sessionId)).frames;
      await foldInBinary(sessionId);
      const folded = frames.map(({ name, revision, etag }) => ({ updateId: name, revision, etag }));
      const { recent } = await readLive(tested(), sessionId);
      expect(recentFrom(recent)).toEqual(folded.slice(-64));
      for (const { updateId, revision, etag } of folded.slice(-64)) {
        const again = appends.find((append) => append.updateId === updateId) as Append;
        const sessionRevision = UPDATES;
        const durability = expect.any(String);
        const known = { status: 'known', durability, revision, etag, sessionRevision };
        expect(await tested().store.append(again)).toEqual(known);
      }
      expect(await tested().store.append(appends[0] as Append)).toMatchObject({ status: 'stored' });
    });

    it('stay as they are when something is appended, and become lines again with the next compaction', async () => {
      const { sessionId } = await sessionOf(tested(), 3);
      await foldInBinary(sessionId);
      const { recent } = await readLive(tested(), sessionId);
      expect(recentFrom(recent)).toHaveLength(3);
      await storeMany(tested(), sessionId, 1);
      const session = await readLive(tested(), sessionId);
      expect(session.recent).toEqual(recent);
      expect(await tested().store.compact(compactionOf(sessionId, session))).toBe('compacted');
      const compacted = await readLive(tested(), sessionId);
      expect(recentFrom(compacted.recent)).toHaveLength(4);
    });

    it('are dropped after an erase, like all others', async () => {
      const sessionId = newSessionId();
      const appends = await storeMany(tested(), sessionId, 5);
      await foldInBinary(sessionId);
      await erase(tested(), sessionId);
      for (const append of appends) {
        const again = { ...append, receivedAtMonotonicMs: performance.now() };
        expect(await appendInVain(tested(), again)).toEqual({ status: 'dropped' });
      }
    });
  });

  describe('a head with moments and a clock', () => {
    it('is read, and what it says is known', async () => {
      const { append, revision, etag } = await sessionWithHead((...place) =>
        storedHead(...place, RECEPTION),
      );
      const { frames, deltaBytes } = await readLive(tested(), append.sessionId);
      expect(frames).toMatchObject([{ revision, etag, reception: RECEPTION, hasNewerHead: false }]);
      expect(Buffer.compare(frames[0]?.bytes ?? Buffer.alloc(0), append.frame)).toBe(0);
      expect(deltaBytes).toBe(30 + 43 + append.frame.length);
      const known = await tested().store.append(append);
      expect(known).toMatchObject({ status: 'known', revision, etag, sessionRevision: revision });
      const { frame = Buffer.alloc(0) } = known as { frame?: Uint8Array };
      expect(Buffer.compare(frame, append.frame)).toBe(0);
    });

    it('is kept by a compaction', async () => {
      const { append } = await sessionWithHead((...place) => storedHead(...place, RECEPTION));
      const session = await readLive(tested(), append.sessionId);
      const compaction = compactionOf(append.sessionId, session);
      const snapshot = { ...compaction.snapshot, frame: frameOf(8), reception: RECEPTION };
      expect(await tested().store.compact({ ...compaction, snapshot })).toBe('compacted');
      const after = await readLive(tested(), append.sessionId);
      expect(after.frames).toMatchObject([{ kind: 'snapshot', reception: RECEPTION }]);
      expect(after.snapshotBytes).toBe(30 + 43 + snapshot.frame.length);
    });

    it('of a later version is read as far as it is known', async () => {
      const { append, revision } = await sessionWithHead((...place) =>
        `${storedHead(...place, RECEPTION)}later`.replace('@40', '@45'),
      );
      const { frames } = await readLive(tested(), append.sessionId);
      expect(frames).toMatchObject([{ revision, reception: RECEPTION, hasNewerHead: true }]);
      expect(Buffer.compare(frames[0]?.bytes ?? Buffer.alloc(0), append.frame)).toBe(0);
    });
  });

  describe('what a later version notes of a session', () => {
    const noteOn = async (sessionId: string, etag: string) => {
      const lastEvent = `${etag} 1718445600000 the user 1`;
      await tested().tamper(sessionId, { field: 'last_event', text: lastEvent });
    };

    it('is read while it holds', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      expect(view).toMatchObject({ lastEvent: undefined });
      await noteOn(sessionId, view.etag);
      const lastEvent = { eventMs: 1_718_445_600_000, userId: 'the user 1' };
      expect(await readLive(tested(), sessionId)).toMatchObject({ lastEvent });
      await storeMany(tested(), sessionId, 1);
      expect(await readLive(tested(), sessionId)).toMatchObject({ lastEvent: undefined });
    });

    it('is not read in another life of the session', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      await noteOn(sessionId, view.etag);
      await tested().tamper(sessionId, { field: 'expires_at', text: '1000' });
      await storeMany(tested(), sessionId, 1);
      // An older version begins a new life without removing it.
      await noteOn(sessionId, view.etag);
      expect(await readLive(tested(), sessionId)).toMatchObject({ lastEvent: undefined });
    });
  });
}
