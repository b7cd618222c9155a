// Persist beside a user's index that does not answer.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSessionService } from '../../src/service/create-session-service.ts';
import { StoreUnavailable, type UserSession } from '../../src/store/session-store.ts';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

test('an index that is down neither fails nor delays an update, and is told behind the answer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'persist-'));
  const store = createSqliteStore({ path: join(folder, 'sessions.db') });
  const index = store.index;
  let down = true;
  let attempts = 0;
  store.index = async (entry: UserSession) => {
    attempts++;
    if (down) throw new StoreUnavailable('index', { reason: 'its shard is down' });
    return index(entry);
  };
  const failures: string[] = [];
  const service = createSessionService({
    store,
    settings: { sessionTtlMs: 60_000, sessionMaxBytes: 1e6, historyMaxEntries: 500, restoreByUser: true },
    patience: { requestDeadlineMs: 5000, nowMonotonicMs: () => performance.now(), random: () => 0 },
    observer: {
      frameStored() {},
      sessionRead() {},
      frameUnsound() {},
      compactionEnded() {},
      sessionRepaired() {},
      indexFailed: ({ sessionId }) => failures.push(sessionId),
    },
  });
  const receipt = { wallMicros: BigInt(Date.now()) * 1000n, monotonicMs: performance.now() };
  const persisted = await service.persist({
    ...{
      receipt,
      sessionId: 's',
      userId: 'u',
      flowId: '',
      timestamp: '',
      updateId: '',
      inputId: '',
      sequence: 0n,
    },
    ...{ variables: [], context: [], removedVariables: [], removedContext: [], history: [] },
  });
  expect(persisted.revision).toBe(1);
  expect(attempts).toBeLessThanOrEqual(2);
  down = false;
  await expect
    .poll(() => store.userSessions('u', { offset: 0, limit: 1 }))
    .toMatchObject([{ sessionId: 's' }]);
  expect(failures).toEqual([]);
  await store.close();
  rmSync(folder, { recursive: true });
});
