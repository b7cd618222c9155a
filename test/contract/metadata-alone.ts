// Contract: metadata of which no frame is left, and metadata that is wrong without looking it.

import { describe, expect, it } from 'vitest';
import { moveFrames, movesOf } from './control-under-test.ts';
import {
  appendOf,
  DAY_MS,
  type MetadataField,
  newSessionId,
  readLive,
  type StoreUnderTest,
  store,
  storeMany,
} from './store-under-test.ts';

const INJURIES: [MetadataField, string | undefined][] = [
  ['revision', 'garbage'],
  ['incarnation', undefined],
  ['chain', 'garbage'],
  ['expires_at', 'garbage'],
];

export function describeMetadataAlone(tested: () => StoreUnderTest): void {
  describe('metadata of a session whose only frame is in quarantine', () => {
    const sessionWithoutFrames = async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      const { frames } = await readLive(tested(), sessionId);
      expect(await moveFrames(tested(), sessionId, movesOf('quarantine', frames))).toHaveLength(1);
      return sessionId;
    };

    it.each(INJURIES)('keeps it a session where %s is damaged (%j)', async (field, text) => {
      const sessionId = await sessionWithoutFrames();
      await tested().tamper(sessionId, { field, text });
      expect(await readLive(tested(), sessionId)).toMatchObject({ frames: [], quarantined: 1 });
      const append = appendOf(sessionId);
      expect(await store(tested(), append)).toMatchObject({ created: false, repaired: true });
      const repaired = await readLive(tested(), sessionId);
      expect(repaired.frames.map(({ name }) => name)).toEqual([append.updateId]);
      expect(repaired).toMatchObject({ quarantined: 1 });
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({ repaired: false });
    });
  });

  describe('an instant of creation that lies ahead', () => {
    it('is no later than the update that repairs the session', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 1);
      const { nowMs } = await readLive(tested(), sessionId);
      const text = String(Math.ceil(nowMs) + DAY_MS);
      await tested().tamper(sessionId, { field: 'created_at', text });
      await tested().tamper(sessionId, { field: 'revision', text: 'garbage' });
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({ repaired: true });
      const repaired = await readLive(tested(), sessionId);
      expect(repaired.createdAtMs).toBeLessThanOrEqual(repaired.nowMs);
    });
  });
}
