// A session that may be full: what still fits, and how long its caller waits to hear of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { commandOf, createTestService, receiptNow } from '../../support/test-service.ts';

const ROOMY_BYTES = 1_000_000;
const FULL_BYTES = 3000;
const DEADLINE_MS = 300;

let folder: string;
let store: SessionStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'append-within-limit-'));
  store = createSqliteStore({ path: join(folder, 'sessions.db') });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A service over the one store that lets a session hold so much. */
function serviceOf(sessionMaxBytes: number) {
  const patience = { requestDeadlineMs: DEADLINE_MS, random: () => 0.5 };
  return createTestService(store, { settings: { sessionMaxBytes }, patience });
}

const filled = (key: string, bytes: number) => [{ key, json: JSON.stringify('x'.repeat(bytes)) }];

async function variables(): Promise<string[]> {
  const restored = await serviceOf(ROOMY_BYTES).restore({
    receipt: receiptNow(),
    sessionId: 's',
    userId: '',
    revision: 0,
  });
  return restored?.variables.map(({ key }) => key) ?? [];
}

describe('a session that holds more than it may', () => {
  beforeEach(async () => {
    const roomy = serviceOf(ROOMY_BYTES);
    for (const key of ['a', 'b', 'c'])
      await roomy.persist(commandOf({ variables: filled(key, 2000) }));
  });

  test('takes an update that makes it smaller, also if it then still holds too much', async () => {
    await serviceOf(FULL_BYTES).persist(commandOf({ removedVariables: ['a'] }));
    expect(await variables()).toEqual(['b', 'c']);
  });

  test('takes none that makes it larger', async () => {
    const larger = serviceOf(FULL_BYTES).persist(commandOf({ variables: filled('d', 10) }));
    await expect(larger).rejects.toMatchObject({ reason: 'too_large' });
    expect(await variables()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['taken', 'a byte smaller than', 1999],
    ['taken', 'as large as', 2000],
    ['refused', 'a byte larger than', 2001],
  ])('an update is %s whose value is %s the one that it replaces', async (outcome, _, bytes) => {
    // Stamps of the same length, whatever the time is.
    const [first, second] = ['2020-01-01T00:00:00Z', '2020-01-01T00:00:01Z'];
    await serviceOf(ROOMY_BYTES).persist(
      commandOf({ variables: filled('d', 2000), timestamp: first }),
    );
    const replaced = await serviceOf(FULL_BYTES)
      .persist(commandOf({ variables: filled('d', bytes), timestamp: second }))
      .then(
        () => 'taken',
        (error) => (error.reason === 'too_large' ? 'refused' : error),
      );
    expect(replaced).toBe(outcome);
  });
});

test('a compaction that hangs does not hold an update beyond its deadline', async () => {
  const service = serviceOf(FULL_BYTES);
  await service.persist(commandOf({ variables: filled('a', 2000) }));
  store.compact = () => new Promise<never>(() => {});
  await service.persist(commandOf({ variables: filled('a', 500) }));
  const refused = service.persist(commandOf({ variables: filled('b', 2000) }));
  await expect(refused).rejects.toMatchObject({ reason: 'unavailable' });
});

describe('an update that is too large for any session', () => {
  const large = () => commandOf({ variables: filled('a', FULL_BYTES) });

  test('is refused by its own size, and the store is not asked', async () => {
    const service = serviceOf(FULL_BYTES);
    const asked: string[] = [];
    const untouched = (name: string) => () => {
      asked.push(name);
      return Promise.reject(new Error('it was asked'));
    };
    Object.assign(store, {
      append: untouched('append'),
      read: untouched('read'),
      compact: untouched('compact'),
    });
    for (const conditions of [{}, { ifMatch: '0123456789abcdef0123' }])
      await expect(service.persist({ ...large(), ...conditions })).rejects.toMatchObject({
        reason: 'too_large',
        message: expect.stringMatching(
          /^the update alone takes \d+ bytes, a session holds at most 3000 /,
        ),
      });
    expect(asked).toEqual([]);
  });

  test('one that just fits is stored', async () => {
    const service = serviceOf(FULL_BYTES);
    await service.persist(commandOf({ variables: filled('a', FULL_BYTES - 200) }));
    expect(await variables()).toEqual(['a']);
  });
});
