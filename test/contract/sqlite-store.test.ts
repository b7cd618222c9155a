import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { describeStoreContract } from './session-store-contract.ts';
import { tamperSqlite } from './sqlite-tamper.ts';

const folder = mkdtempSync(join(tmpdir(), 'sqlite-contract-'));
const path = join(folder, 'sessions.db');
afterAll(() => rmSync(folder, { recursive: true }));

describeStoreContract('SQLite', async () => ({
  store: createSqliteStore({ path }),
  tamper: (sessionId, damage) => tamperSqlite(path, sessionId, damage),
}));
