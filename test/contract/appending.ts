// Contract: what append keeps, how it counts, and what it refuses.

import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { STORED_HEAD_BYTES } from '../../src/store/stored-head.ts';
import {
  appendOf,
  NO_LIMIT_BYTES,
  newSessionId,
  nextEtag,
  readLive,
  readStill,
  type StoreUnderTest,
  seedEtag,
  store,
  stored,
  storedBytes,
} from './store-under-test.ts';

export function describeAppending(tested: () => StoreUnderTest): void {
  describe('append()', () => {
    it('creates the session that nobody had heard of', async () => {
      const sessionId = newSessionId();
      expect(await tested().store.read(sessionId)).toBeUndefined();
      const result = await store(tested(), appendOf(sessionId));
      expect(result).toMatchObject({
        revision: 1,
        created: true,
        repaired: false,
        setAside: false,
      });
      const session = await readLive(tested(), sessionId);
      const { etag, incarnation } = result;
      expect(session).toMatchObject({ revision: 1, etag, incarnation, flowId: '', recent: '' });
    });

    it.each([
      ['every value of a byte', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
      ['no bytes at all', Buffer.alloc(0)],
      ['line ends and zeros', Buffer.from('\r\n\0\0\r\n$5\r\n')],
      ['300 kB', Buffer.alloc(300_000, 0xfe)],
    ])('gives back %s unchanged', async (_, frame) => {
      const append = appendOf(newSessionId(), { frame });
      const result = await store(tested(), append);
      const [found] = (await readLive(tested(), append.sessionId)).frames;
      expect(Buffer.compare(found?.bytes ?? Buffer.from('none'), frame)).toBe(0);
      expect(found).toMatchObject({
        name: append.updateId,
        kind: 'delta',
        revision: 1,
        etag: result.etag,
      });
    });

    it('counts revisions from 1 without gaps', async () => {
      const sessionId = newSessionId();
      const revisions: number[] = [];
      for (let turn = 0; turn < 5; turn++)
        revisions.push((await store(tested(), appendOf(sessionId))).revision);
      expect(revisions).toEqual([1, 2, 3, 4, 5]);
      const session = await readLive(tested(), sessionId);
      expect(session.revision).toBe(5);
      expect(session.frames.map((frame) => frame.revision)).toEqual(revisions);
    });

    it('chains the etag over the updates, from the incarnation on', async () => {
      const sessionId = newSessionId();
      const etags: string[] = [];
      const appends = [appendOf(sessionId), appendOf(sessionId), appendOf(sessionId)];
      for (const append of appends) etags.push((await store(tested(), append)).etag);
      const { incarnation, etag } = await readLive(tested(), sessionId);
      let expected = seedEtag(incarnation);
      for (const [place, append] of appends.entries()) {
        expected = nextEtag(expected, append);
        expect(etags[place]).toBe(expected);
      }
      expect(etag).toBe(expected);
    });

    it('chains one update sent with another receipt to another etag', async () => {
      const [first, second] = [appendOf(newSessionId()), appendOf(newSessionId())];
      const session = await store(tested(), first).then(() => readLive(tested(), first.sessionId));
      const seed = seedEtag(session.incarnation);
      expect(session.etag).toBe(nextEtag(seed, first));
      expect(session.etag).not.toBe(nextEtag(seed, { ...second, updateId: first.updateId }));
    });

    it('gives equal updates of two sessions different etags', async () => {
      const [one, other] = [appendOf(newSessionId()), newSessionId()];
      const first = await store(tested(), one);
      const second = await store(tested(), { ...one, sessionId: other });
      expect(first.etag).not.toBe(second.etag);
    });

    it('keeps the flow that was named last', async () => {
      const sessionId = newSessionId();
      for (const flowId of ['first', 'größer', ''])
        await store(tested(), appendOf(sessionId, { flowId }));
      expect((await readLive(tested(), sessionId)).flowId).toBe('größer');
    });

    it('says nothing was created from the second append on', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId));
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({
        created: false,
        repaired: false,
      });
    });

    it('keeps all of 64 updates that come at once, each with a revision of its own', async () => {
      const sessionId = newSessionId();
      const appends = Array.from({ length: 64 }, () => appendOf(sessionId));
      const results = await Promise.all(appends.map((append) => store(tested(), append)));
      const revisions = results.map((result) => result.revision).sort((a, b) => a - b);
      expect(revisions).toEqual(appends.map((_, place) => place + 1));
      expect(results.filter((result) => result.created)).toHaveLength(1);
      const session = await readLive(tested(), sessionId);
      expect(session.frames.map((frame) => frame.name).sort()).toEqual(
        appends.map((append) => append.updateId).sort(),
      );
      let etag = seedEtag(session.incarnation);
      for (const frame of session.frames) {
        etag = nextEtag(etag, { updateId: frame.name, frame: frame.bytes });
        expect(frame.etag).toBe(etag);
      }
    });

    it('answers the sizes that are stored', async () => {
      const sessionId = newSessionId();
      for (const length of [0, 1, 1000]) {
        const result = await store(tested(), appendOf(sessionId, { frame: Buffer.alloc(length) }));
        const { frames, snapshotBytes, deltaBytes } = await readLive(tested(), sessionId);
        expect(result).toMatchObject({
          snapshotBytes: 0,
          deltaBytes: storedBytes(frames, 'delta'),
        });
        expect({ snapshotBytes, deltaBytes }).toEqual({
          snapshotBytes: 0,
          deltaBytes: result.deltaBytes,
        });
      }
    });

    it('fills a session to its last byte, and then asks for a fold and writes nothing', async () => {
      const sessionId = newSessionId();
      const frame = Buffer.alloc(100);
      const sessionMaxBytes = 2 * (STORED_HEAD_BYTES + frame.length);
      await store(tested(), appendOf(sessionId, { frame, sessionMaxBytes }));
      const full = stored(
        await tested().store.append(appendOf(sessionId, { frame, sessionMaxBytes })),
      );
      expect(full.deltaBytes).toBe(sessionMaxBytes);
      const before = await readStill(tested(), sessionId);
      const late = appendOf(sessionId, {
        frame: Buffer.alloc(0),
        sessionMaxBytes: sessionMaxBytes + STORED_HEAD_BYTES - 1,
        flowId: 'other',
        ttlMs: 2 * 86_400_000,
      });
      const refused = await tested().store.append(late);
      expect(refused).toEqual({
        status: 'needs-fold',
        snapshotBytes: 0,
        deltaBytes: sessionMaxBytes,
      });
      expect(await readStill(tested(), sessionId)).toEqual(before);
      await store(tested(), { ...late, sessionMaxBytes: sessionMaxBytes + STORED_HEAD_BYTES });
    });

    it('creates no session for an update that is too large alone', async () => {
      const append = appendOf(newSessionId(), { frame: Buffer.alloc(100), sessionMaxBytes: 129 });
      expect(await tested().store.append(append)).toEqual({
        status: 'needs-fold',
        snapshotBytes: 0,
        deltaBytes: 0,
      });
      expect(await tested().store.read(append.sessionId)).toBeUndefined();
      const result = await store(tested(), { ...append, sessionMaxBytes: NO_LIMIT_BYTES });
      expect(result).toMatchObject({ revision: 1, created: true });
    });

    it('takes an update from the future as one that came now', async () => {
      const append = appendOf(newSessionId(), {
        receivedAtMonotonicMs: performance.now() + 3_600_000,
        ttlMs: 1000_000,
      });
      await store(tested(), append);
      const { nowMs, createdAtMs, expiresAtMs } = await readLive(tested(), append.sessionId);
      expect(createdAtMs).toBeLessThanOrEqual(nowMs);
      expect(expiresAtMs - createdAtMs).toBe(1000_000);
    });
  });
}
