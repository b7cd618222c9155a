// A session whose later updates name no user stays in the index of the user whom an earlier one
// named.

import { beforeEach, expect, test } from 'vitest';
import { createKeepIndexed } from '../../../src/service/indexing/keep-indexed.ts';
import type { ServiceParts } from '../../../src/service/parts.ts';
import { until } from '../../support/until.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

const HOUR_MS = 3_600_000;
const TTL_MS = 24 * HOUR_MS;

let scratch: Scratch;
let service: Service;
let reads: number;
let notes: number;
beforeEach(() => {
  scratch = openScratch();
  reads = 0;
  notes = 0;
  service = open(TTL_MS);
});

/** A service that counts what it reads and notes. */
function open(sessionTtlMs: number): Service {
  const read: Scratch['store']['read'] = (sessionId) => {
    reads += 1;
    return scratch.store.read(sessionId);
  };
  const index: Scratch['store']['index'] = async (entry, limits) => {
    const noted = await scratch.store.index(entry, limits);
    notes += 1;
    return noted;
  };
  return scratch.open({ settings: { sessionTtlMs }, faults: { read, index } });
}

async function foundByUser() {
  const query = { receipt: scratch.receipt(), sessionId: '', userId: 'u', revision: 0 };
  return (await service.restore(query))?.sessionId;
}

test('it is found by its user days after the last update that named the user', async () => {
  await scratch.persist(service, { userId: 'u' });
  for (let hour = 3; hour < 72; hour += 3) {
    scratch.advance(3 * HOUR_MS);
    const before = notes;
    await scratch.persist(service, variable('hour', hour));
    if (hour % 6 === 0) await until('the renewal', () => notes > before || undefined);
  }
  expect(await foundByUser()).toBe('s');
});

test('it is read for that four times in its time to live, and not at all in its first minutes', async () => {
  await scratch.persist(service, { userId: 'u' });
  for (let minute = 0; minute < 9; minute++) {
    await scratch.persist(service, variable('minute', minute));
    scratch.advance(60_000);
  }
  expect(reads).toBe(0);
  scratch.advance(HOUR_MS);
  for (let repeat = 0; repeat < 5; repeat++)
    await scratch.persist(service, variable('repeat', repeat));
  await until('the first renewal', () => reads > 0 || undefined);
  scratch.advance(HOUR_MS);
  await scratch.persist(service, variable('later', 1));
  expect(reads).toBe(1);
});

test.each([
  { ttlMs: HOUR_MS / 2, firstMs: HOUR_MS / 8 },
  { ttlMs: HOUR_MS / 30, firstMs: HOUR_MS / 120 },
])('of a life of $ttlMs ms a quarter passes before it is read', async ({ ttlMs, firstMs }) => {
  service = open(ttlMs);
  await scratch.persist(service, { userId: 'u' });
  await scratch.persist(service, variable('step', 0));
  scratch.advance(firstMs - 1000);
  await scratch.persist(service, variable('step', 1));
  expect(reads).toBe(0);
  for (let renewal = 1; renewal < 8; renewal++) {
    scratch.advance(firstMs);
    const before = notes;
    await scratch.persist(service, variable('step', renewal));
    await until('the renewal', () => notes > before || undefined);
  }
  // The entry of the only update that named the user would have ended long ago.
  expect(await foundByUser()).toBe('s');
});

test('it stays out of every index if no update named a user', async () => {
  await scratch.persist(service, variable('a', 1));
  scratch.advance(HOUR_MS);
  await scratch.persist(service, variable('a', 2));
  await until('the reading', () => reads > 0 || undefined);
  expect(await scratch.indexed('')).toEqual([]);
});

test('of more sessions than are remembered it forgets the one stored or renewed longest ago', async () => {
  let nowMs = 0;
  const read: string[] = [];
  const store = {
    within: () => ({
      read: async (sessionId: string) => {
        read.push(sessionId);
        return undefined;
      },
    }),
  } as unknown as ServiceParts['store'];
  const patience = { requestDeadlineMs: 1000, nowMonotonicMs: () => nowMs, random: () => 0 };
  const observer = { indexFailed: () => {} } as unknown as ServiceParts['observer'];
  const keeper = createKeepIndexed({ store, patience, observer });
  const stored = (sessionId: string) =>
    keeper.stored({ sessionId, ttlMs: TTL_MS, receipt: scratch.receipt() });
  stored('renewed');
  for (let place = 0; place < 19_999; place++) stored(`s${place}`);
  nowMs = HOUR_MS;
  stored('renewed');
  expect(read).toEqual(['renewed']);
  stored('one too many');
  // Remembered as renewed an hour ago, not begun again: it is due after six hours, not ten minutes.
  stored('renewed');
  nowMs += HOUR_MS;
  stored('renewed');
  expect(read).toEqual(['renewed']);
  nowMs += 5 * HOUR_MS;
  stored('renewed');
  expect(read).toEqual(['renewed', 'renewed']);
});
