// Contract: every id names one session, whatever characters it is made of.

import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import {
  appendOf,
  newSessionId,
  readLive,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

/** Endings of ids. None may be taken for another, by any encoding, pattern or folding of letters. */
const ENDINGS = [
  '',
  ' ',
  '*',
  '?',
  '[a]',
  'a',
  'A',
  '{a}',
  '{b}',
  '}{',
  '{}',
  '\\',
  '\\\\',
  ':',
  '%3A',
  '%253A',
  '%',
  '%%',
  '%7Ba%7D',
  '\\x7b',
  '\u0000',
  '\u0000a',
  '\n',
  '\u001f',
  '"',
  "'; DROP TABLE sessions; --",
  'é',
  'e\u0301',
  'ß',
  'ss',
  '日本語',
  '🙂',
  '\u{10ffff}',
];

export function describeNaming(tested: () => StoreUnderTest): void {
  describe('an id', () => {
    it('of special characters names a session of its own', async () => {
      const prefix = newSessionId();
      for (const ending of ENDINGS) {
        const result = await store(
          tested(),
          appendOf(prefix + ending, { frame: Buffer.from(ending) }),
        );
        expect(result, JSON.stringify(ending)).toMatchObject({ revision: 1, created: true });
      }
      for (const ending of ENDINGS) {
        const { frames } = await readLive(tested(), prefix + ending);
        expect(frames.map((frame) => Buffer.from(frame.bytes).toString())).toEqual([ending]);
      }
    });

    it.each([
      ['letters', 'x'],
      ['characters of three bytes', '語'],
    ])('of 512 %s is told apart at its last one', async (_, letter) => {
      const long = newSessionId().padEnd(511, letter);
      await store(tested(), appendOf(`${long}1`));
      expect(await tested().store.read(`${long}2`)).toBeUndefined();
      expect((await readLive(tested(), `${long}1`)).revision).toBe(1);
    });

    it('of special characters comes back from the index of its user, who has such an id too', async () => {
      const prefix = newSessionId();
      const entry = { receivedAtMonotonicMs: performance.now(), ttlMs: 60_000 };
      for (const [place, ending] of ENDINGS.entries()) {
        const mine = {
          ...entry,
          userId: prefix,
          sessionId: prefix + ending,
          eventMs: 1_000 + place,
        };
        await tested().store.index(mine);
        await tested().store.index({ ...mine, userId: `user-${prefix}${ending}`, eventMs: 7 });
      }
      const all = await tested().store.userSessions(prefix, { offset: 0, limit: 100 });
      expect(all.map((found) => found.sessionId)).toEqual(
        ENDINGS.map((ending) => prefix + ending).reverse(),
      );
      for (const ending of ENDINGS) {
        const found = await tested().store.userSessions(`user-${prefix}${ending}`, {
          offset: 0,
          limit: 10,
        });
        expect(found).toEqual([{ sessionId: prefix + ending, eventMs: 7 }]);
      }
    });
  });
}
