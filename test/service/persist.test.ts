// Persist beside a user's index that does not answer.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/store/session-store.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { commandOf, createTestService } from '../support/test-service.ts';

let folder: string;
let store: SqliteStore;
let failures: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'persist-'));
  store = createSqliteStore({ path: join(folder, 'sessions.db') });
  failures = [];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function persist(requestDeadlineMs: number) {
  const observer = {
    indexFailed: ({ sessionId }: { sessionId: string }) => failures.push(sessionId),
  };
  const service = createTestService(store, { patience: { requestDeadlineMs }, observer });
  return service.persist(commandOf({ userId: 'u' }));
}

test('an index that is down neither fails nor delays an update, and is told behind the answer', async () => {
  const index = store.index;
  let attempts = 0;
  let down = true;
  store.index = async (entry) => {
    attempts++;
    if (down) throw new StoreUnavailable('index', { reason: 'its shard is down' });
    return index(entry);
  };
  expect((await persist(5000)).revision).toBe(1);
  expect(attempts).toBe(1);
  down = false;
  await expect
    .poll(() => store.userSessions('u', { offset: 0, limit: 1 }))
    .toMatchObject([{ sessionId: 's' }]);
  expect(failures).toEqual([]);
});

test('an index that hangs holds an update no longer than its deadline', async () => {
  store.index = () => new Promise(() => {});
  const startedMs = performance.now();
  expect((await persist(300)).revision).toBe(1);
  expect(performance.now() - startedMs).toBeLessThan(2500);
  await expect.poll(() => failures).toEqual(['s']);
});
