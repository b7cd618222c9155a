import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { storedHead } from '../../../src/store/stored-head.ts';
import { erasureOf } from '../../contract/control-under-test.ts';
import { appendOf, newSessionId, readLive } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const path = scratchFile();
const store = createSqliteStore({ path });
const tested = { store, tamper: () => Promise.reject(new Error('not here')) };
const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
afterAll(async () => {
  database.close();
  await store.close();
});

it('frames whose session row is lost are read, known, and taken into the next update', async () => {
  const sessionId = newSessionId();
  const appends = [appendOf(sessionId), appendOf(sessionId)] as const;
  for (const append of appends) await store.append(append);
  const { frames } = await readLive(tested, sessionId);
  database.prepare('DELETE FROM sessions WHERE session_id = ?').run(sessionId);
  expect(await store.read(sessionId)).toMatchObject({ revision: 2, frames });
  expect(await store.append(appends[0])).toMatchObject({ status: 'known', revision: 1 });
  expect(await store.append(appendOf(sessionId))).toMatchObject({ revision: 3, repaired: true });
  expect((await readLive(tested, sessionId)).frames.slice(0, 2)).toEqual(frames);
});

it('frames whose session row is lost are erased like others', async () => {
  const sessionId = newSessionId();
  const append = appendOf(sessionId);
  await store.append(append);
  database.prepare('DELETE FROM sessions WHERE session_id = ?').run(sessionId);
  expect(await store.erase(erasureOf(sessionId))).toMatchObject({ revision: 1, frames: 1 });
  expect(await store.read(sessionId)).toBeUndefined();
  expect(await store.append(append)).toEqual({ status: 'dropped' });
});

it.each(['9223372036854775807', '-1', '1e300', "x'c0ffee'"])(
  '%s is no number of a session',
  async (value) => {
    const append = appendOf(newSessionId());
    await store.append(append);
    for (const field of ['revision', 'created_at', 'delta_bytes']) {
      database.exec(
        `UPDATE sessions SET ${field} = ${value} WHERE session_id = '${append.sessionId}'`,
      );
      expect((await readLive(tested, append.sessionId)).frames[0]?.name).toBe(append.updateId);
      expect(await store.append(appendOf(append.sessionId))).toMatchObject({ repaired: true });
    }
    expect((await readLive(tested, append.sessionId)).frames).toHaveLength(4);
  },
);

it('a damaged head that tells of a revision beyond all bounds does not carry the session there', async () => {
  const sessionId = newSessionId();
  const appends = [appendOf(sessionId), appendOf(sessionId)] as const;
  for (const append of appends) await store.append(append);
  const value = Buffer.concat([
    Buffer.from(storedHead(9_999_999_999, '0'.repeat(20))),
    appends[0].frame,
  ]);
  const set = 'UPDATE frames SET value = ? WHERE session_id = ? AND name = ?';
  database.prepare(set).run(value, sessionId, appends[0].updateId);
  database.prepare('UPDATE sessions SET revision = 4294967295 WHERE session_id = ?').run(sessionId);
  expect(await store.read(sessionId)).toMatchObject({ revision: 2 });
  expect(await store.append(appendOf(sessionId))).toMatchObject({ revision: 3, repaired: true });
});

it('updates that a damaged memory still tells of stay known', async () => {
  const append = appendOf(newSessionId());
  await store.append(append);
  const folded = 'AAAAAAAAAAAAAAAAAAAAAA';
  const recent = `\u0000garbage\n${folded} 7 0123456789abcdef0123\nhalf a line`;
  database
    .prepare('UPDATE sessions SET recent = ? WHERE session_id = ?')
    .run(recent, append.sessionId);
  expect(await store.append({ ...append, updateId: folded })).toEqual({
    status: 'known',
    durability: 'stored',
    revision: 7,
    etag: '0123456789abcdef0123',
    sessionRevision: 1,
  });
});
