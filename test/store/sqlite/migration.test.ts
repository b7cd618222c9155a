import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { erasureOf, lockOf } from '../../contract/control-under-test.ts';
import { appendOf, newSessionId, stored } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

/** Takes from a file what the versions after the first have added. */
function takeBackToVersion1(path: string): void {
  const database = new DatabaseSync(path);
  for (const table of ['locks', 'tombstones', 'quarantine', 'user_tombstones']) {
    database.exec(`DROP TABLE ${table}`);
  }
  database.exec('DROP INDEX user_sessions_by_user_and_expiry');
  database.exec('PRAGMA user_version = 1');
  database.close();
}

it('a file of the first version keeps its sessions and learns locks and erases', async () => {
  const path = scratchFile();
  const append = appendOf(newSessionId());
  const before = createSqliteStore({ path });
  const { revision, etag } = stored(await before.append(append));
  await before.close();
  takeBackToVersion1(path);

  const store = createSqliteStore({ path });
  expect(await store.append(append)).toMatchObject({ status: 'known', revision, etag });
  expect(await store.lock(lockOf(append.sessionId))).toMatchObject({ status: 'held' });
  expect(await store.erase(erasureOf(append.sessionId))).toMatchObject({ frames: 1, locked: true });
  expect(await store.append(append)).toEqual({ status: 'dropped' });
  await store.close();
});

it('a column that a later version adds stays as it is, and keeps no session from being written', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const append = appendOf(newSessionId());
  stored(await store.append(append));
  const database = new DatabaseSync(path);
  database.exec("ALTER TABLE sessions ADD COLUMN later TEXT; UPDATE sessions SET later = 'kept'");
  expect(stored(await store.append(appendOf(append.sessionId)))).toMatchObject({ revision: 2 });
  const again = createSqliteStore({ path });
  expect(stored(await again.append(appendOf(append.sessionId)))).toMatchObject({ revision: 3 });
  expect(database.prepare('SELECT later FROM sessions').get()?.later).toBe('kept');
  database.close();
  await again.close();
  await store.close();
});
