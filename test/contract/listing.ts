// Contract: walks over many sessions. A walk finds each session once, while others come and go.

import { describe, expect, it } from 'vitest';
import type { IndexedSession } from '../../src/store/session-walks.ts';
import {
  appendOf,
  newSessionId,
  receivedAgo,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

/** What an id may hold that means something to a store. */
const STRANGE = [
  ...['{braces}', '}{', '*', '?[x-z]', '\\', '\\*', ':', '%', '%7B', "quote'd", '"', ' ', '\n'],
  ...['ünïcödé', '日本', '😀', '\u{10ffff}', 'a'.repeat(400), '{:ends:01}', 'user:{4711}'],
];

export function describeListing(tested: () => StoreUnderTest): void {
  const save = (sessionId: string) => store(tested(), appendOf(sessionId));

  /** Walks over all sessions whose ids begin so; calls `between` after each step. */
  async function walk(idPrefix: string, count: number, between = async (_: string[]) => {}) {
    const found: string[] = [];
    for (let position: string | undefined = ''; position !== undefined; ) {
      const step = await tested().store.scanSessions({ position, idPrefix, count });
      if (step === undefined) throw new Error(`it does not know its own position ${position}`);
      expect(step.hasRestarted).toBe(false);
      found.push(...step.sessionIds);
      await between(found);
      position = step.next;
    }
    return found;
  }

  describe('scanSessions()', () => {
    it('finds each session once, whatever its id, while others come and go', async () => {
      const prefix = newSessionId();
      const lasting = STRANGE.flatMap((strange) => [`${prefix}${strange}`, `${prefix}${strange}x`]);
      for (const id of lasting) await save(id);
      await save(`other-${prefix}`);
      let others = 0;
      const found = await walk(prefix, 7, async () => {
        if (others > 40) return;
        const id = `${prefix}${String(others++)}`;
        await save(id);
        await tested().store.erase({
          ...{ sessionId: `${prefix}${others - 3}`, eraseId: 'e'.repeat(22), ifMatch: '' },
          tombstoneTtlMs: 1000,
        });
      });
      expect(others).toBeGreaterThan(3);
      expect(found.filter((id) => lasting.includes(id)).sort()).toEqual(lasting.toSorted());
      expect(found.every((id) => id.startsWith(prefix))).toBe(true);
    });

    it.each(STRANGE)('takes the beginning of ids %j as it is', async (strange) => {
      const prefix = `${newSessionId()}${strange}`;
      await save(`${prefix}1`);
      await save(prefix);
      await save(`${prefix.slice(0, -strange.length)}+${strange}`);
      expect((await walk(prefix, 500)).sort()).toEqual([prefix, `${prefix}1`]);
    });

    it('finds nothing where nothing begins so', async () => {
      expect(await walk(newSessionId(), 1000)).toEqual([]);
    });

    it.each(['nonsense', '{}', '[]', '{"left":1}', '{"left":"5-4"}', '{"after":1}', 'null'])(
      'does not know the position %s',
      async (position) => {
        const scan = { position, idPrefix: '', count: 10 };
        expect(await tested().store.scanSessions(scan)).toBeUndefined();
      },
    );
  });

  describe('a walk through the index of a user', () => {
    const note = (userId: string, sessionId: string, eventMs: number) =>
      tested().store.index({
        ...{ userId, sessionId, eventMs, ttlMs: 600_000 },
        receivedAtMonotonicMs: receivedAgo(0),
      });

    it('finds each entry once, in order, while others are noted, moved and removed', async () => {
      const userId = newSessionId();
      // Ten of each time: more than a page.
      const ids = Array.from({ length: 40 }, (_, place) => `s${place}-${'é'.repeat(place % 3)}`);
      for (const [place, id] of ids.entries()) await note(userId, id, 1000 + (place % 4));
      const found: IndexedSession[] = [];
      for (let after: IndexedSession | undefined; ; after = found.at(-1)) {
        const page = await tested().store.userSessions(userId, { offset: 0, limit: 4, after });
        found.push(...page);
        if (page.length < 4) break;
        await note(userId, `new-${found.length}`, 5000);
        await note(userId, found[0]?.sessionId ?? '', 6000 + found.length);
        await tested().store.unindex({ userId, sessionIds: [found.at(-1)?.sessionId ?? ''] });
      }
      expect(found.map(({ sessionId }) => sessionId).sort()).toEqual(ids.toSorted());
      expect(found.map(({ eventMs }) => eventMs)).toEqual(
        found.map(({ eventMs }) => eventMs).toSorted((one, other) => other - one),
      );
    });

    it('leaves out so many entries after the one that is named', async () => {
      const userId = newSessionId();
      for (const eventMs of [1, 2, 3, 4]) await note(userId, `s${eventMs}`, eventMs);
      const page = { offset: 1, limit: 1, after: { sessionId: 's4', eventMs: 4 } };
      expect(await tested().store.userSessions(userId, page)).toEqual([
        { sessionId: 's2', eventMs: 2 },
      ]);
    });
  });
}
