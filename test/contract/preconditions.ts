// Contract: an append with a precondition is stored if it holds, and otherwise changes nothing.

import { describe, expect, it } from 'vitest';
import { type Append, LIVE_SESSION, NO_SESSION } from '../../src/store/session-store.ts';
import { type Position, STORED_HEAD_BYTES } from '../../src/store/stored-head.ts';
import { appendInVain, erase, expiredSession, takeLock } from './control-under-test.ts';
import { SEALED_INJURIES } from './injuries.ts';
import {
  appendOf,
  compactionOf,
  DAY_MS,
  newSessionId,
  readLive,
  receivedAgo,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
} from './store-under-test.ts';

const NOTHING = { revision: 0, etag: '' };
const NO_ETAG_OF_ANY = 'f'.repeat(20);

export function describePreconditions(tested: () => StoreUnderTest): void {
  const expectConflict = async (append: Append, { revision, etag }: Position) =>
    expect(await appendInVain(tested(), append)).toEqual({ status: 'conflict', revision, etag });

  const compactAll = async (sessionId: string) => {
    const session = await readLive(tested(), sessionId);
    expect(await tested().store.compact(compactionOf(sessionId, session))).toBe('compacted');
  };

  describe('append() with an etag', () => {
    it('is stored if the session has it', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      const first = await store(tested(), appendOf(sessionId, { ifMatch: view.etag }));
      expect(first.revision).toBe(3);
      const second = await store(tested(), appendOf(sessionId, { ifMatch: first.etag }));
      expect(second.revision).toBe(4);
    });

    it('conflicts with a session that went on, and is told its position', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      await storeMany(tested(), sessionId, 2);
      const current = await readLive(tested(), sessionId);
      const stale = { ifMatch: view.etag, flowId: 'other', ttlMs: 3 * DAY_MS };
      await expectConflict(appendOf(sessionId, stale), current);
    });

    it('conflicts with an etag of another session', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      const other = await sessionOf(tested(), 1);
      await expectConflict(appendOf(sessionId, { ifMatch: other.view.etag }), view);
    });

    it('conflicts where there is no session, and creates none', async () => {
      await expectConflict(appendOf(newSessionId(), { ifMatch: NO_ETAG_OF_ANY }), NOTHING);
    });

    it('matches after compaction, which changes no etag', async () => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      await compactAll(sessionId);
      await store(tested(), appendOf(sessionId, { ifMatch: view.etag }));
    });

    it('conflicts with what became of a session that expired, though the same update opens it', async () => {
      const { sessionId, append, etag } = await expiredSession(tested());
      await expectConflict(appendOf(sessionId, { ifMatch: etag }), NOTHING);
      const again = { ...append, ttlMs: DAY_MS, receivedAtMonotonicMs: receivedAgo(0) };
      await expectConflict(appendOf(sessionId, { ifMatch: etag }), await store(tested(), again));
    });

    it('conflicts with what became of a session that was erased', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      await erase(tested(), sessionId);
      await expectConflict(appendOf(sessionId, { ifMatch: view.etag }), NOTHING);
      const anew = await store(tested(), appendOf(sessionId));
      await expectConflict(appendOf(sessionId, { ifMatch: view.etag }), anew);
    });

    it('lets one of 20 through that come at once, and gives the others its position', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      const appends = Array.from({ length: 20 }, () => appendOf(sessionId, { ifMatch: view.etag }));
      const results = await Promise.all(appends.map((append) => tested().store.append(append)));
      expect(results.filter(({ status }) => status === 'stored')).toHaveLength(1);
      const { revision, etag } = await readLive(tested(), sessionId);
      expect(revision).toBe(2);
      const conflict = { status: 'conflict', revision, etag };
      expect(results.filter(({ status }) => status !== 'stored')).toEqual(Array(19).fill(conflict));
    });

    it('is judged by it before its size', async () => {
      const { sessionId, view } = await sessionOf(tested(), 1);
      const tight = { sessionMaxBytes: STORED_HEAD_BYTES };
      await expectConflict(appendOf(sessionId, { ...tight, ifMatch: NO_ETAG_OF_ANY }), view);
      const { snapshotBytes, deltaBytes } = view;
      const full = await tested().store.append(
        appendOf(sessionId, { ...tight, ifMatch: view.etag }),
      );
      expect(full).toEqual({ status: 'needs-fold', snapshotBytes, deltaBytes });
    });
  });

  describe('append() where there must be no session', () => {
    it('creates one', async () => {
      const result = await store(tested(), appendOf(newSessionId(), { ifMatch: NO_SESSION }));
      expect(result).toMatchObject({ revision: 1, created: true });
    });

    it('conflicts with a live one', async () => {
      const { sessionId, view } = await sessionOf(tested(), 2);
      await expectConflict(appendOf(sessionId, { ifMatch: NO_SESSION }), view);
    });

    it('creates one for one of 20 that come at once', async () => {
      const sessionId = newSessionId();
      const appends = Array.from({ length: 20 }, () =>
        appendOf(sessionId, { ifMatch: NO_SESSION }),
      );
      const results = await Promise.all(appends.map((append) => tested().store.append(append)));
      expect(results.filter(({ status }) => status === 'stored')).toHaveLength(1);
      const { revision, etag } = await readLive(tested(), sessionId);
      const conflict = { status: 'conflict', revision, etag };
      expect(results.filter(({ status }) => status !== 'stored')).toEqual(Array(19).fill(conflict));
    });

    it('creates one where only a lock and a tombstone stand', async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId);
      const lockToken = await takeLock(tested(), sessionId);
      const result = await store(tested(), appendOf(sessionId, { lockToken, ifMatch: NO_SESSION }));
      expect(result).toMatchObject({ revision: 1, created: true });
    });

    it('creates one after the last one expired', async () => {
      const { sessionId } = await expiredSession(tested());
      const result = await store(tested(), appendOf(sessionId, { ifMatch: NO_SESSION }));
      expect(result).toMatchObject({ revision: 1, created: true });
    });

    it('creates one after the last one was erased', async () => {
      const { sessionId } = await sessionOf(tested(), 2);
      await erase(tested(), sessionId);
      const result = await store(tested(), appendOf(sessionId, { ifMatch: NO_SESSION }));
      expect(result).toMatchObject({ revision: 1, created: true });
    });
  });

  describe('append() where there must be a session', () => {
    it('is stored if there is one', async () => {
      const { sessionId } = await sessionOf(tested(), 2);
      const result = await store(tested(), appendOf(sessionId, { ifMatch: LIVE_SESSION }));
      expect(result).toMatchObject({ revision: 3, created: false });
    });

    it('conflicts where there is none, or none any more, and creates none', async () => {
      const erased = await sessionOf(tested(), 1);
      await erase(tested(), erased.sessionId);
      const expired = await expiredSession(tested());
      for (const sessionId of [newSessionId(), erased.sessionId, expired.sessionId])
        await expectConflict(appendOf(sessionId, { ifMatch: LIVE_SESSION }), NOTHING);
    });

    it('conflicts where there is only a lock', async () => {
      const sessionId = newSessionId();
      const lockToken = await takeLock(tested(), sessionId);
      await expectConflict(appendOf(sessionId, { lockToken, ifMatch: LIVE_SESSION }), NOTHING);
    });
  });

  describe('a conditional append that was stored', () => {
    it.each([
      ['an etag', (etag: string) => etag],
      ['no session', () => NO_SESSION],
    ])(
      'and asked for %s is known when it is sent again, also after compaction',
      async (_, ifMatchOf) => {
        const sessionId = newSessionId();
        const asksForNone = ifMatchOf('') === NO_SESSION;
        const base = asksForNone ? '' : (await store(tested(), appendOf(sessionId))).etag;
        const append = appendOf(sessionId, { ifMatch: ifMatchOf(base) });
        const { revision, etag } = await store(tested(), append);
        const known = { status: 'known', revision, etag };
        expect(await tested().store.append(append)).toMatchObject(known);
        await storeMany(tested(), sessionId, 2);
        expect(await tested().store.append(append)).toMatchObject(known);
        await compactAll(sessionId);
        expect(await tested().store.append(append)).toMatchObject(known);
      },
    );

    it('is no conflict for another precondition, either', async () => {
      const append = appendOf(newSessionId(), { ifMatch: NO_SESSION });
      const { revision, etag } = await store(tested(), append);
      const again = await tested().store.append({ ...append, ifMatch: NO_ETAG_OF_ANY });
      expect(again).toMatchObject({ status: 'known', revision, etag });
    });
  });

  describe('a session whose metadata is damaged', () => {
    it.each(SEALED_INJURIES)('in %s (%j) is there', async (field, text) => {
      const { sessionId } = await sessionOf(tested(), 2);
      await tested().tamper(sessionId, { field, text });
      const result = await store(tested(), appendOf(sessionId, { ifMatch: LIVE_SESSION }));
      expect(result).toMatchObject({ revision: 3, created: false });
    });

    it.each(SEALED_INJURIES)(
      'in %s (%j) matches no precondition, and is repaired by an update without',
      async (field, text) => {
        const { sessionId, view } = await sessionOf(tested(), 3);
        await tested().tamper(sessionId, { field, text });
        for (const ifMatch of [view.etag, NO_SESSION]) {
          const result = await tested().store.append(appendOf(sessionId, { ifMatch }));
          expect(result).toEqual({ status: 'conflict', revision: 3, etag: '' });
        }
        expect((await readLive(tested(), sessionId)).frames).toEqual(view.frames);
        const repaired = await store(tested(), appendOf(sessionId));
        expect(repaired).toMatchObject({ revision: 4, repaired: true });
        await store(tested(), appendOf(sessionId, { ifMatch: repaired.etag }));
      },
    );
  });
}
