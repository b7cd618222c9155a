// Contract: a lock or a tombstone that cannot be read holds nobody up, and damage is no hindrance
// to an erase.

import { describe, expect, it } from 'vitest';
import {
  erase,
  erasureOf,
  lockOf,
  moveFrames,
  movesOf,
  takeLock,
  tombstoneOf,
} from './control-under-test.ts';
import { INJURIES, SEALED_INJURIES } from './injuries.ts';
import {
  appendOf,
  newSessionId,
  newUpdateId,
  readLive,
  receivedAgo,
  type StoreUnderTest,
  sessionOf,
  store,
  storedBytes,
  storeMany,
} from './store-under-test.ts';

const TEXTS: (string | undefined)[] = ['garbage', '', ' ', '99999999999999999999', undefined];

export function describeDamagedControl(tested: () => StoreUnderTest): void {
  describe('a session whose metadata is damaged', () => {
    it.each(INJURIES)('in %s (%j) is erased whole', async (field, text) => {
      const { sessionId } = await sessionOf(tested(), 3);
      await tested().tamper(sessionId, { field, text });
      expect(await erase(tested(), sessionId)).toMatchObject({
        revision: 3,
        frames: 3,
        locked: false,
      });
      expect(await tested().store.read(sessionId)).toBeUndefined();
      const anew = await store(tested(), appendOf(sessionId));
      expect(anew).toMatchObject({ revision: 1, created: true, repaired: false });
    });

    it.each(SEALED_INJURIES)('in %s (%j) matches no etag of an erase', async (field, text) => {
      const { sessionId, view } = await sessionOf(tested(), 3);
      await tested().tamper(sessionId, { field, text });
      const result = await tested().store.erase(erasureOf(sessionId, { ifMatch: view.etag }));
      expect(result).toEqual({ status: 'conflict', revision: 3, etag: '' });
      expect((await readLive(tested(), sessionId)).frames).toEqual(view.frames);
    });

    it.each(INJURIES)(
      'in %s (%j) gives a frame into quarantine, and takes it back',
      async (field, text) => {
        const { sessionId, view } = await sessionOf(tested(), 3);
        await tested().tamper(sessionId, { field, text });
        const [frame] = view.frames;
        const frames = frame ? [frame] : [];
        expect(await moveFrames(tested(), sessionId, movesOf('quarantine', frames))).toHaveLength(
          1,
        );
        const less = await readLive(tested(), sessionId);
        expect(less).toMatchObject({ revision: 3, quarantined: 1 });
        expect(less.deltaBytes).toBe(storedBytes(view.frames.slice(1), 'delta'));
        expect(await moveFrames(tested(), sessionId, movesOf('release', frames))).toHaveLength(1);
        expect((await readLive(tested(), sessionId)).frames).toEqual(view.frames);
        await store(tested(), appendOf(sessionId));
        const { revision, frames: all, deltaBytes } = await readLive(tested(), sessionId);
        expect(revision).toBe(4);
        expect(deltaBytes).toBe(storedBytes(all, 'delta'));
      },
    );
  });

  describe('a lock that is damaged', () => {
    it.each(TEXTS)('to %j is held by nobody, and may be taken', async (text) => {
      const { sessionId } = await sessionOf(tested(), 1);
      const lockToken = await takeLock(tested(), sessionId);
      await tested().tamper(sessionId, { field: 'lock', text });
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
      expect(await tested().store.append(appendOf(sessionId, { lockToken }))).toEqual({
        status: 'lock-lost',
      });
      await store(tested(), appendOf(sessionId));
      expect((await tested().store.unlock({ sessionId, token: newUpdateId() })).status).toBe(
        'lost',
      );
      expect((await tested().store.lock(lockOf(sessionId))).status).toBe('held');
      expect((await tested().store.lock(lockOf(sessionId))).status).toBe('busy');
    });

    it.each(TEXTS)('to %j is erased with its session', async (text) => {
      const { sessionId } = await sessionOf(tested(), 2);
      await takeLock(tested(), sessionId);
      await tested().tamper(sessionId, { field: 'lock', text });
      expect(await erase(tested(), sessionId)).toMatchObject({
        revision: 2,
        frames: 2,
        locked: false,
      });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });
  });

  describe('a tombstone that is damaged', () => {
    it.each(TEXTS)(
      'to %j drops nothing by its instant, and is mended by the next erase',
      async (text) => {
        const sessionId = newSessionId();
        const erasure = erasureOf(sessionId);
        await tested().store.erase(erasure);
        await tested().tamper(sessionId, { field: 'tombstone', text });
        expect((await tested().store.inspect(sessionId)).tombstone).toBeUndefined();
        const late = { receivedAtMonotonicMs: receivedAgo(60_000) };
        await store(tested(), appendOf(sessionId, late));
        await storeMany(tested(), sessionId, 1);
        expect(await erase(tested(), sessionId)).toMatchObject({ revision: 2, frames: 2 });
        expect((await tombstoneOf(tested(), sessionId)).instantMs).toBeGreaterThan(0);
        expect(await tested().store.append(appendOf(sessionId, late))).toEqual({
          status: 'dropped',
        });
      },
    );
  });
}
