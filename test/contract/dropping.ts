// Contract: what comes after an erase is stored if it was received after it, and dropped if before.

import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { type Append, NO_SESSION } from '../../src/store/session-store.ts';
import {
  appendInVain,
  erase,
  erasureOf,
  expiredSession,
  MINUTE_MS,
  takeLock,
} from './control-under-test.ts';
import {
  appendOf,
  DAY_MS,
  newSessionId,
  newUpdateId,
  receivedAgo,
  SLACK_MS,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
} from './store-under-test.ts';

const HOUR_MS = 60 * MINUTE_MS;

export function describeDropping(tested: () => StoreUnderTest): void {
  const expectDropped = async (append: Append) =>
    expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });

  const erasedSession = async () => {
    const sessionId = newSessionId();
    await erase(tested(), sessionId);
    return sessionId;
  };

  describe('an update received before an erase', () => {
    it('is dropped, and starts no session', async () => {
      const sessionId = await erasedSession();
      for (const ageMs of [SLACK_MS, HOUR_MS, 20 * HOUR_MS]) {
        await expectDropped(appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(ageMs) }));
      }
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('is dropped whatever flow, time to live, precondition, token and size it comes with', async () => {
      const sessionId = await erasedSession();
      const late = { receivedAtMonotonicMs: receivedAgo(SLACK_MS) };
      for (const given of [
        { flowId: 'other' },
        { ttlMs: 30 * DAY_MS },
        { ifMatch: NO_SESSION },
        { ifMatch: 'f'.repeat(20) },
        { lockToken: newUpdateId() },
        { sessionMaxBytes: 1 },
      ]) {
        await expectDropped(appendOf(sessionId, { ...late, ...given }));
      }
    });

    it('is dropped before anybody asks who holds the lock', async () => {
      const sessionId = await erasedSession();
      const lockToken = await takeLock(tested(), sessionId);
      const late = { receivedAtMonotonicMs: receivedAgo(SLACK_MS) };
      await expectDropped(appendOf(sessionId, late));
      await expectDropped(appendOf(sessionId, { ...late, lockToken }));
    });

    it('is dropped from the session that began since', async () => {
      const sessionId = await erasedSession();
      await storeMany(tested(), sessionId, 2);
      await expectDropped(appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(SLACK_MS) }));
    });

    it('is dropped after the session that began since expired', async () => {
      const sessionId = await erasedSession();
      await expiredSession(tested(), { sessionId });
      await expectDropped(appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(SLACK_MS) }));
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({
        revision: 1,
        created: true,
      });
      await expectDropped(appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(SLACK_MS) }));
    });
  });

  describe('an update that was dropped', () => {
    it('stays dropped when its caller sends it again', async () => {
      const sessionId = await erasedSession();
      const append = appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(SLACK_MS) });
      await expectDropped(append);
      await storeMany(tested(), sessionId, 1);
      await expectDropped({ ...append, receivedAtMonotonicMs: performance.now() });
    });
  });

  describe('an update received after an erase', () => {
    it('is stored, 200 times in a row at once after the answer', async () => {
      for (let turn = 0; turn < 200; turn++) {
        const sessionId = newSessionId();
        await erase(tested(), sessionId);
        const append = appendOf(sessionId, { receivedAtMonotonicMs: performance.now() });
        expect((await tested().store.append(append)).status, `turn ${turn}`).toBe('stored');
      }
    }, 180_000);

    it('is known when it is repeated, however long ago the repetition says it was received', async () => {
      const sessionId = await erasedSession();
      const append = appendOf(sessionId);
      const { revision, etag } = await store(tested(), append);
      const late = { ...append, receivedAtMonotonicMs: receivedAgo(HOUR_MS) };
      expect(await tested().store.append(late)).toMatchObject({ status: 'known', revision, etag });
    });

    it('is live, and nothing else is, when 20 come while the erase is on its way', async () => {
      const before = 30;
      for (let place = 0; place <= 20; place += 5) {
        const { sessionId } = await sessionOf(tested(), before);
        const erasure = erasureOf(sessionId);
        const appends = Array.from({ length: 20 }, () => appendOf(sessionId));
        const early = appends.slice(0, place).map((append) => tested().store.append(append));
        const erasing = tested().store.erase(erasure);
        const late = appends.slice(place).map((append) => tested().store.append(append));
        const [erased, ...results] = await Promise.all([erasing, ...early, ...late]);
        // They were received before the erase ran: one that came after it is dropped, unless the
        // clock cannot tell.
        const isLive = results.map(
          (result) => result.status === 'stored' && result.revision <= before,
        );
        const gone = results.filter(({ status }, at) => status === 'stored' && !isLive[at]).length;
        const expected = { status: 'erased', revision: before + gone, frames: before + gone };
        expect(erased).toMatchObject(expected);
        const session = await tested().store.read(sessionId);
        const live = appends.filter((_, at) => isLive[at]).map(({ updateId }) => updateId);
        expect((session?.frames ?? []).map(({ name }) => name).sort()).toEqual(live.sort());
        const created = results.filter((result) => result.status === 'stored' && result.created);
        expect(created).toHaveLength(live.length === 0 ? 0 : 1);
        for (const [at, append] of appends.entries()) {
          const { status } = await tested().store.append({
            ...append,
            receivedAtMonotonicMs: performance.now(),
          });
          expect(status).toBe(isLive[at] ? 'known' : 'dropped');
        }
      }
    });
  });
}
