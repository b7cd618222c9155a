// The stores on which damage is tried, each with the means to overwrite what it holds behind its
// back.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { tamperSqlite } from '../contract/sqlite-tamper.ts';
import type { StoreUnderTest } from '../contract/store-under-test.ts';
import { standaloneTarget } from './redis-store.ts';
import { openRedisUnderTest } from './redis-under-test.ts';

/** Opens a store that ends with the test, by the store's name. */
export const STORES_TO_DAMAGE: Record<'SQLite' | 'Redis', () => Promise<StoreUnderTest>> = {
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'damage-'));
    const path = join(folder, 'sessions.db');
    const store = createSqliteStore({ path });
    onTestFinished(async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    });
    return { store, tamper: (sessionId, damage) => tamperSqlite(path, sessionId, damage) };
  },
  async Redis() {
    const tested = await openRedisUnderTest(standaloneTarget());
    onTestFinished(() => tested.store.close());
    return tested;
  },
};
