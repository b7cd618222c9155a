// What was erased is searched for in the bytes of the file and of its log. The ids of sessions and
// updates stay: the tombstone needs them.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { createSqliteStore, type SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { erasureOf, lockOf } from '../../contract/control-under-test.ts';
import {
  appendOf,
  compactionOf,
  DAY_MS,
  NO_LIMIT_BYTES,
  newSessionId,
  readLive,
} from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const testedBy = (store: SqliteStore) => ({
  store,
  tamper: () => Promise.reject(new Error('not here')),
});

/** Which of the words stand in the file or in its log. */
function wordsIn(path: string, words: string[]): string[] {
  const files = [path, `${path}-wal`].filter((file) => existsSync(file));
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
  return words.filter((word) => bytes.includes(word));
}

/** A frame in which a word stands again and again. */
function frameOf(word: string, bytes: number): Buffer {
  return Buffer.concat([Buffer.alloc(bytes, word), randomBytes(32)]);
}

/** Stores a session with a word of its own in each of its parts; answers its id, its user and the
 * words. */
async function storeWords(store: SqliteStore) {
  const sessionId = newSessionId();
  const words = ['folded', 'taken', 'live', 'flow', 'user'].map(
    (part) => `word-${part}-${sessionId}`,
  );
  const [folded = '', taken = '', live = '', flowId, userId = ''] = words;
  await store.append(appendOf(sessionId, { frame: frameOf(folded, 9_000) }));
  await store.append(appendOf(sessionId, { frame: frameOf(folded, 900) }));
  await store.compact(compactionOf(sessionId, await readLive(testedBy(store), sessionId)));
  const update = appendOf(sessionId, { frame: frameOf(taken, 9_000) });
  await store.append(update);
  const { frames } = await readLive(testedBy(store), sessionId);
  const moves = frames
    .filter(({ name }) => name === update.updateId)
    .map(({ name, value }) => ({ move: 'quarantine' as const, name, value }));
  await store.quarantine({ sessionId, moves, ttlMs: DAY_MS, quarantineMaxBytes: NO_LIMIT_BYTES });
  await store.append(
    appendOf(sessionId, { frame: frameOf(live, 9_000), ...(flowId && { flowId }) }),
  );
  await store.append(appendOf(sessionId, { frame: frameOf(live, 900) }));
  await store.index({ ...appendOf(sessionId), userId, eventMs: 1 });
  const lock = lockOf(sessionId);
  await store.lock(lock);
  return { sessionId, userId, words: [...words, lock.token] };
}

async function eraseWhole(
  store: SqliteStore,
  { sessionId, userId }: { sessionId: string; userId: string },
) {
  expect(await store.erase(erasureOf(sessionId))).toMatchObject({
    status: 'erased',
    quarantined: 1,
  });
  expect(await store.unindex({ userId, sessionIds: [sessionId] })).toBe(1);
}

it('no byte of an erased session is left, also while other connections are open', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const other = createSqliteStore({ path });
  const session = await storeWords(store);
  expect((await other.read(session.sessionId))?.frames).toHaveLength(3);
  expect(wordsIn(path, session.words)).toEqual(session.words);
  await eraseWhole(store, session);
  expect(wordsIn(path, session.words)).toEqual([]);
  expect(await other.read(session.sessionId)).toBeUndefined();
  await Promise.all([store.close(), other.close()]);
  expect(wordsIn(path, session.words)).toEqual([]);
});

it('erasing waits for no reader, and the bytes are gone once the reader is', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const session = await storeWords(store);
  const reader = new DatabaseSync(path);
  reader.exec('BEGIN; SELECT * FROM sessions');
  await eraseWhole(store, session);
  expect(await store.read(session.sessionId)).toBeUndefined();
  expect(wordsIn(path, session.words)).not.toEqual([]);
  reader.exec('COMMIT');
  await store.removeExpired();
  expect(wordsIn(path, session.words)).toEqual([]);
  reader.close();
  await store.close();
});

it('a writer that steps in between the erase and the emptying of the log is no hindrance either', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const session = await storeWords(store);
  const writer = new DatabaseSync(path);
  const erasing = store.erase(erasureOf(session.sessionId));
  writer.exec('BEGIN IMMEDIATE');
  expect(await erasing).toMatchObject({ status: 'erased' });
  expect(wordsIn(path, session.words)).not.toEqual([]);
  writer.exec('ROLLBACK');
  await store.unindex({ userId: session.userId, sessionIds: [session.sessionId] });
  expect(wordsIn(path, session.words)).toEqual([]);
  writer.close();
  await store.close();
});

it('an erase that is done is answered though the store is closed before its log is empty', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const { sessionId, words } = await storeWords(store);
  const erasing = store.erase(erasureOf(sessionId));
  await store.close();
  expect(await erasing).toMatchObject({ status: 'erased' });
  expect(
    wordsIn(
      path,
      words.filter((word) => !word.includes('user')),
    ),
  ).toEqual([]);
});

it('what a process could not finish, the next one does at its start', async () => {
  const path = scratchFile();
  const ended = createSqliteStore({ path });
  const session = await storeWords(ended);
  const reader = new DatabaseSync(path);
  reader.exec('BEGIN; SELECT * FROM sessions');
  await eraseWhole(ended, session);
  await ended.close();
  expect(wordsIn(path, session.words)).not.toEqual([]);
  const next = createSqliteStore({ path });
  reader.exec('COMMIT');
  await next.removeExpired();
  expect(wordsIn(path, session.words)).toEqual([]);
  reader.close();
  await next.close();
});

it('no copy is left behind by rows that moved within the file while they lived', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const sizesBytes = [60, 200, 700, 1_500, 3_000, 6_000];
  const live = Array.from({ length: 60 }, newSessionId);
  const erased: string[] = [];
  for (let turn = 0; turn < 4_000; turn++) {
    const at = (turn * 7_919) % live.length;
    const sessionId = live[at] ?? '';
    const word = `word-${sessionId}`;
    const bytes = sizesBytes[(turn * 31) % sizesBytes.length] ?? 0;
    await store.append(appendOf(sessionId, { frame: frameOf(word, bytes), flowId: word }));
    if (turn % 5 === 0) {
      const compaction = compactionOf(sessionId, await readLive(testedBy(store), sessionId));
      const snapshot = { ...compaction.snapshot, frame: frameOf(word, 2_000) };
      await store.compact({ ...compaction, snapshot });
    }
    if (turn % 33 === 0) {
      await store.erase(erasureOf(sessionId));
      erased.push(word);
      live[at] = newSessionId();
    }
  }
  expect(erased.length).toBeGreaterThan(100);
  expect(wordsIn(path, erased)).toEqual([]);
  await store.close();
}, 30_000);
