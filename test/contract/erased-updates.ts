// Contract: an update that was erased stays erased, whatever its repetition says of its receipt.

import { describe, expect, it } from 'vitest';
import { type Append, ERASED_UPDATES } from '../../src/store/session-store.ts';
import { appendInVain, erase, expiredSession, moveFrames, movesOf } from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  readLive,
  receivedAgo,
  type StoreUnderTest,
  store,
  storeMany,
} from './store-under-test.ts';

const AT_ONCE = 1000;
/** More than one call of Lua takes arguments. */
const MANY = 9000;

export function describeErasedUpdates(tested: () => StoreUnderTest): void {
  const expectDropped = async (append: Append) =>
    expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });

  describe('an update that was erased', () => {
    const again = (append: Append): Append => ({
      ...append,
      receivedAtMonotonicMs: receivedAgo(0),
    });

    it('is dropped when it is sent again with a new receipt, whether its frame was live or folded', async () => {
      const sessionId = newSessionId();
      const folded = await storeMany(tested(), sessionId, 3);
      const compaction = compactionOf(sessionId, await readLive(tested(), sessionId));
      expect(await tested().store.compact(compaction)).toBe('compacted');
      const live = await storeMany(tested(), sessionId, 3);
      await erase(tested(), sessionId);
      for (const append of [...folded, ...live]) await expectDropped(again(append));
      await storeMany(tested(), sessionId, 1);
      for (const append of [...folded, ...live]) await expectDropped(again(append));
    });

    it('is dropped after a second erase, and so is what that one erased', async () => {
      const sessionId = newSessionId();
      const first = await storeMany(tested(), sessionId, 2);
      await erase(tested(), sessionId);
      const second = await storeMany(tested(), sessionId, 2);
      await erase(tested(), sessionId);
      await erase(tested(), sessionId);
      for (const append of [...first, ...second]) await expectDropped(again(append));
    });

    it('is dropped though it was in quarantine', async () => {
      const sessionId = newSessionId();
      const [append] = await storeMany(tested(), sessionId, 1);
      const { frames } = await readLive(tested(), sessionId);
      expect(await moveFrames(tested(), sessionId, movesOf('quarantine', frames))).toHaveLength(1);
      await erase(tested(), sessionId);
      if (append) await expectDropped(again(append));
    });

    it('is dropped after a new session expired and another began', async () => {
      const sessionId = newSessionId();
      const [append] = await storeMany(tested(), sessionId, 1);
      await erase(tested(), sessionId);
      await expiredSession(tested(), { sessionId });
      if (append) await expectDropped(again(append));
      await storeMany(tested(), sessionId, 1);
      if (append) await expectDropped(again(append));
    });

    it('is told apart by letter case and whole', async () => {
      const sessionId = newSessionId();
      const updateId = 'abcdefghijklmnopqrstuv';
      await store(tested(), appendOf(sessionId, { updateId }));
      await erase(tested(), sessionId);
      await store(tested(), appendOf(sessionId, { updateId: updateId.toUpperCase() }));
      await store(tested(), appendOf(sessionId, { updateId: `${updateId.slice(0, -1)}w` }));
      await expectDropped(appendOf(sessionId, { updateId }));
    });

    it(`is dropped if it is among the last ${ERASED_UPDATES} of ${MANY} that one erase removed`, async () => {
      const sessionId = newSessionId();
      const appends = Array.from({ length: MANY }, () => appendOf(sessionId));
      for (let first = 0; first < MANY; first += AT_ONCE) {
        await Promise.all(
          appends.slice(first, first + AT_ONCE).map((append) => store(tested(), append)),
        );
      }
      const { frames } = await readLive(tested(), sessionId);
      expect(await erase(tested(), sessionId)).toMatchObject({ revision: MANY, frames: MANY });
      expect(await tested().store.read(sessionId)).toBeUndefined();
      const last = frames.slice(-ERASED_UPDATES);
      const samples = last.filter((_, place) => place % 100 === 0 || place === ERASED_UPDATES - 1);
      for (const { name, bytes } of samples) {
        await expectDropped(appendOf(sessionId, { updateId: name, frame: bytes }));
      }
    }, 30_000);
  });
}
