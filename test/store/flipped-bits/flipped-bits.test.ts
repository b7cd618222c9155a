// A bit of each byte of each stored field, its name included, is flipped, one at a time, in a
// session that has everything: snapshot, updates, merged updates, lock, tombstone, quarantine. Then
// the session is restored, saved to and inspected. It is never lost, locked for longer than a lock
// may last, kept for longer than its life, or changed without a report. What finds the damage, and
// what it costs, is a table in costs.md.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { keys, openStore, standaloneTarget } from '../../support/redis-store.ts';
import { flipAll } from './flip-all.ts';
import { createFlippedSession } from './flipped-session.ts';
import { copyOfHash } from './redis-copy.ts';
import { copyOfRows } from './sqlite-copy.ts';

/** Sessions in Redis that are damaged at the same time. */
const LANES = 8;
const TIMEOUT_MS = 240_000;

/** The rows of the table with this heading, as the document shows them. */
function shownRows(heading: string): string[] {
  const lines = readFileSync(join(import.meta.dirname, 'costs.md'), 'utf8').split('\n');
  const first = lines.findIndex((line) => line.startsWith(`| ${heading} |`)) + 2;
  const rest = lines.slice(first).map((line) => line.replaceAll('`', ''));
  return rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith('|')),
  );
}

test('a flipped bit in Redis', { timeout: TIMEOUT_MS }, async () => {
  const store = await openStore(standaloneTarget());
  const client = new Redis(inject('redisStandalone'));
  onTestFinished(async () => {
    client.disconnect();
    await store.close();
  });
  const laneOf = async (sessionId: string) => {
    const session = await createFlippedSession(store, sessionId, async (name, value) => {
      await client.hset(keys.session(sessionId), name, Buffer.from(value));
    });
    onTestFinished(session.close);
    return { copy: await copyOfHash(client, sessionId), outcome: session.outcome };
  };
  const ids = Array.from({ length: LANES }, (_, lane) => `flipped-${lane}`);
  const rows = await flipAll(await Promise.all(ids.map(laneOf)));
  expect(rows).toEqual(shownRows('in Redis').sort());
});

test('a flipped bit in SQLite', { timeout: TIMEOUT_MS }, async () => {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'flipped-'));
  const path = join(folder, 'sessions.db');
  const store = createSqliteStore({ path });
  const database = new DatabaseSync(path);
  onTestFinished(async () => {
    database.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const update = database.prepare('UPDATE frames SET value = ? WHERE name = ?');
  const session = await createFlippedSession(store, 's', async (name, value) => {
    update.run(value, name);
  });
  onTestFinished(session.close);
  const rows = await flipAll([{ copy: copyOfRows(database, 's'), outcome: session.outcome }]);
  expect(rows).toEqual(shownRows('in SQLite').sort());
});
