import { expect, it } from 'vitest';
import type { Ended } from '../../../src/store/end-events.ts';
import { LAPSED_LOCK_MS } from '../../../src/store/session-store.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { erasureOf, lockOf, quarantinedSession } from '../../contract/control-under-test.ts';
import { appendOf, newSessionId } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const DAY_MS = 86_400_000;

function open(path = scratchFile()) {
  const clock = { nowMs: 1_800_000_000_000 };
  const ended: Ended[] = [];
  const onEnded = (end: Ended) => void ended.push(end);
  const nowMs = () => clock.nowMs;
  return {
    store: createSqliteStore({ path, nowMs, nowMonotonicMs: () => 0, onEnded }),
    clock,
    ended,
  };
}

it('an expired session is reported once, by what removes it first', async () => {
  const { store, clock, ended } = open();
  const [removed, begun, erased, prolonged] = Array.from({ length: 4 }, newSessionId) as [
    string,
    string,
    string,
    string,
  ];
  for (const sessionId of [removed, begun, erased, prolonged])
    await store.append(appendOf(sessionId, { ttlMs: 1000 }));
  await store.append(appendOf(prolonged, { ttlMs: DAY_MS }));
  clock.nowMs += 1000;
  expect(ended).toEqual([]);

  await store.append(appendOf(begun, { ttlMs: DAY_MS }));
  expect(ended.splice(0)).toEqual([{ kind: 'session', sessionId: begun }]);
  await store.erase(erasureOf(erased));
  expect(ended.splice(0)).toEqual([{ kind: 'session', sessionId: erased }]);
  await store.removeExpired();
  expect(ended.splice(0)).toEqual([{ kind: 'session', sessionId: removed }]);
  await store.removeExpired();
  expect(ended).toEqual([]);
  await store.close();
});

it('one that is erased while it is live is not reported', async () => {
  const { store, clock, ended } = open();
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId, { ttlMs: 1000 }));
  await store.erase(erasureOf(sessionId, { tombstoneTtlMs: 10 * DAY_MS }));
  clock.nowMs += DAY_MS;
  await store.removeExpired();
  expect(ended).toEqual([]);
  await store.close();
});

it('so is what may outlive a session: a lock that lapsed unnoticed, a tombstone, a quarantine', async () => {
  const { store, clock, ended } = open();
  const [lapsed, released, noticed, erased] = Array.from({ length: 4 }, newSessionId);
  for (const sessionId of [lapsed, released, noticed])
    await store.lock(lockOf(sessionId as string, { token: 'a'.repeat(22), ttlMs: 1000 }));
  await store.unlock({ sessionId: released as string, token: 'a'.repeat(22) });
  await store.erase(erasureOf(erased as string, { tombstoneTtlMs: 1000 }));
  const { sessionId: parked } = await quarantinedSession({ store, tamper: async () => {} }, 2, {
    ttlMs: 1000,
  });
  clock.nowMs += 1000;
  await store.forgetLapsed({ sessionId: noticed as string, token: 'a'.repeat(22) });
  await store.removeExpired();
  const first = [
    { kind: 'tombstone', sessionId: erased },
    { kind: 'quarantine', sessionId: parked },
  ];
  expect(ended.splice(0)).toEqual(first);
  clock.nowMs += LAPSED_LOCK_MS;
  await store.removeExpired();
  expect(ended.splice(0)).toEqual([{ kind: 'lock', sessionId: lapsed }]);
  await store.close();
});
