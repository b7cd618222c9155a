// A user with thousands of sessions is erased while others save, on both stores.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { STORES_TO_DAMAGE } from '../../support/stores-to-damage.ts';
import { commandOf, createTestService, receiptNow } from '../../support/test-service.ts';
import { until } from '../../support/until.ts';

const SESSIONS = 3000;
const AT_ONCE = 100;
const DEADLINE_MS = 2000;

describe.each(Object.entries(STORES_TO_DAMAGE))('on %s', (_, open) => {
  test(`${SESSIONS} sessions of a user are erased behind the answer, and every save in between is answered`, async () => {
    const { store } = await open();
    const ended: { erased: number; isDone: boolean }[] = [];
    const userErasureEnded = ({ erased, isDone }: { erased: number; isDone: boolean }) =>
      ended.push({ erased, isDone });
    const patience = { requestDeadlineMs: DEADLINE_MS };
    const [filler, service] = [
      createTestService(store, { patience: { requestDeadlineMs: 10_000 } }),
      createTestService(store, { patience, observer: { userErasureEnded } }),
    ];
    onTestFinished(() => service.userErasures.close());
    const [userId, otherId] = [randomUUID(), randomUUID()];
    const names = Array.from({ length: SESSIONS }, (_session, place) => `${userId} ${place}`);
    for (let first = 0; first < SESSIONS; first += AT_ONCE) {
      const some = names.slice(first, first + AT_ONCE);
      await Promise.all(some.map((sessionId) => filler.persist(commandOf({ sessionId, userId }))));
    }

    const startedMs = performance.now();
    let answeredMs = 0;
    const erasing = service.eraseUser({ receipt: receiptNow(), userId }).finally(() => {
      answeredMs = performance.now();
    });
    let saves = 0;
    while (ended.length === 0) {
      const saved = await service.persist(commandOf({ sessionId: otherId, userId: otherId }));
      saves += 1;
      expect(saved).toMatchObject({ status: 'accepted', revision: saves });
      await pause(5);
    }
    const answer = await erasing;
    expect(answeredMs - startedMs).toBeLessThan(DEADLINE_MS);
    // Of those that are being erased at the time of the answer, an entry may be gone already.
    expect(answer.erased + answer.remaining).toBeGreaterThan(SESSIONS - 50);
    expect(answer.erased + answer.remaining).toBeLessThanOrEqual(SESSIONS);
    expect(answer.sessions.length).toBeLessThanOrEqual(1000);
    expect(saves).toBeGreaterThan(5);
    expect(ended).toEqual([{ erased: SESSIONS, isDone: true }]);
    await until('the entries to be gone', async () =>
      (await store.inspectUser(userId)).entries === 0 ? true : undefined,
    );
    for (const sessionId of [names.at(0), names.at(-1)]) {
      expect(await store.read(sessionId ?? '')).toBeUndefined();
    }
    expect((await store.inspectUser(otherId)).entries).toBe(1);
  }, 120_000);
});
