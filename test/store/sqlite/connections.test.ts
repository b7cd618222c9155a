import { afterAll, expect, it } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  readLive,
  stored,
} from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const path = scratchFile();
const stores = [createSqliteStore({ path }), createSqliteStore({ path })] as const;
const [one, other] = stores;
afterAll(() => Promise.all(stores.map((store) => store.close())));

const tested = (store: typeof one) => ({
  store,
  tamper: () => Promise.reject(new Error('not here')),
});

it('two stores on one file count one session together', async () => {
  const sessionId = newSessionId();
  for (let turn = 1; turn <= 20; turn++) {
    const append = appendOf(sessionId);
    const [first, second] = turn % 2 === 0 ? [one, other] : [other, one];
    const { revision, etag } = stored(await first.append(append));
    expect(revision).toBe(turn);
    expect(await second.append(append)).toMatchObject({ status: 'known', revision, etag });
  }
  const { nowMs: _, ...seenByOne } = await readLive(tested(one), sessionId);
  expect(await other.read(sessionId)).toMatchObject(seenByOne);
});

it('a compaction by one store is refused after the other has compacted', async () => {
  const sessionId = newSessionId();
  for (const store of stores) await store.append(appendOf(sessionId));
  const view = await readLive(tested(one), sessionId);
  const late = await other.append(appendOf(sessionId));
  expect(await one.compact(compactionOf(sessionId, view))).toBe('compacted');
  expect(await other.compact(compactionOf(sessionId, view))).toBe('changed');
  expect((await readLive(tested(other), sessionId)).frames).toHaveLength(2);
  expect(late).toMatchObject({ revision: 3 });
});

it('a session that ends is started anew by one store alone', async () => {
  const clock = { nowMs: 1_800_000_000_000 };
  const shared = { path, nowMs: () => clock.nowMs };
  const [left, right] = [createSqliteStore(shared), createSqliteStore(shared)];
  const sessionId = newSessionId();
  await left.append(appendOf(sessionId, { ttlMs: 1_000 }));
  clock.nowMs += 60_000;
  expect(await right.append(appendOf(sessionId))).toMatchObject({ revision: 1, created: true });
  expect(await left.append(appendOf(sessionId))).toMatchObject({ revision: 2, created: false });
  await Promise.all([left.close(), right.close()]);
});
