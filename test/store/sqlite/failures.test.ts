import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { StoreUnavailable } from '../../../src/store/session-store.ts';
import { refusingAs } from '../../../src/store/sqlite/failure.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { appendOf, newSessionId, stored } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

function refusalOf(step: () => unknown): StoreUnavailable {
  try {
    step();
  } catch (error) {
    if (error instanceof StoreUnavailable) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

it('the folder and the file are made for their owner alone', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  await store.append(appendOf(newSessionId()));
  const rightsOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
  expect(rightsOf(dirname(path))).toBe('700');
  for (const suffix of ['', '-wal', '-shm']) expect(rightsOf(path + suffix)).toBe('600');
  await store.close();
});

it('a writer that keeps the file locked makes writes refuse, reads go on, and loses nothing', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path, busyTimeoutMs: 30 });
  const sessionId = newSessionId();
  stored(await store.append(appendOf(sessionId)));
  const blocker = new DatabaseSync(path);
  blocker.exec('BEGIN IMMEDIATE');
  const append = appendOf(sessionId);
  const refusal = await store.append(append).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StoreUnavailable);
  expect(String(refusal)).toBe(
    'StoreUnavailable: append did not reach the store: the database stayed locked by another connection',
  );
  await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable);
  expect((await store.read(sessionId))?.revision).toBe(1);
  blocker.exec('ROLLBACK');
  expect(stored(await store.append(append)).revision).toBe(2);
  blocker.close();
  await store.close();
});

it('a write waits for a writer that is done in time', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path, busyTimeoutMs: 5_000 });
  const hold = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1], { timeout: 5000 });
    database.exec('BEGIN IMMEDIATE');
    process.stdout.write('locked', () => setTimeout(() => database.exec('COMMIT'), 200));`;
  const child = spawn(process.execPath, ['-e', hold, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(stored(await store.append(appendOf(newSessionId()))).revision).toBe(1);
  await store.close();
});

it('a folder that cannot be made is named in the refusal', () => {
  const file = scratchFile();
  mkdirSync(dirname(file));
  writeFileSync(file, 'a file, not a folder');
  const refusal = refusalOf(() => createSqliteStore({ path: join(file, 'data', 'sessions.db') }));
  expect(refusal.message).toMatch(/^open did not reach the store: ENOTDIR.*mkdir/);
});

it('a folder that the permission model does not grant is told in the refusal', () => {
  const root = new URL('../../../', import.meta.url).pathname;
  const script = `
    import { createSqliteStore } from '${root}src/store/sqlite/sqlite-store.ts';
    try {
      createSqliteStore({ path: process.argv[1] });
    } catch (error) {
      console.log(error.name, error.message);
    }`;
  const flags = ['--permission', `--allow-fs-read=${root}`, '--input-type=module', '-e', script];
  const { stdout } = spawnSync(process.execPath, [...flags, scratchFile()], { encoding: 'utf8' });
  expect(stdout).toMatch(/^StoreUnavailable open did not reach the store: Access .* restricted/);
});

it('a path that is a folder is named in the refusal', () => {
  const file = scratchFile();
  mkdirSync(file, { recursive: true });
  expect(refusalOf(() => createSqliteStore({ path: file })).message).toMatch(
    /EISDIR.*sessions\.db/,
  );
});

it('a file that is no database is refused, and left as it is', () => {
  const path = scratchFile();
  mkdirSync(dirname(path));
  const text = 'this is not a database, and somebody may need it\n'.repeat(200);
  writeFileSync(path, text);
  expect(refusalOf(() => createSqliteStore({ path })).message).toMatch(
    /the file is not a database/,
  );
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it('a file of a newer version is refused, and left as it is', async () => {
  const path = scratchFile();
  await createSqliteStore({ path }).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 9');
  expect(refusalOf(() => createSqliteStore({ path })).message).toMatch(
    /version 9, and this program knows 2/,
  );
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 9 });
  database.close();
});

it('damaged pages are told as a damaged file', async () => {
  const path = scratchFile();
  const sessionId = newSessionId();
  const writer = createSqliteStore({ path });
  for (let count = 0; count < 200; count++) {
    await writer.append(appendOf(sessionId, { frame: Buffer.alloc(2_000, count) }));
  }
  await writer.close();
  const bytes = readFileSync(path);
  const database = createSqliteStore({ path });
  await database.close();
  const schemaPages = 12 * 4_096;
  writeFileSync(path, bytes.fill(0xa5, schemaPages));
  const store = createSqliteStore({ path });
  const refusal = await store.read(sessionId).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StoreUnavailable);
  expect(String(refusal)).toMatch(/the database file is damaged/);
  await store.close();
});

it('a file whose tables are damaged does not answer that it is there', async () => {
  const path = scratchFile();
  const writer = createSqliteStore({ path });
  await writer.append(appendOf(newSessionId()));
  await expect(writer.ping()).resolves.toBeUndefined();
  await writer.close();
  const bytes = readFileSync(path);
  const database = new DatabaseSync(path, { readOnly: true });
  const roots = database
    .prepare("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'sessions'")
    .all();
  database.close();
  for (const { rootpage } of roots) {
    const page = (Number(rootpage) - 1) * 4_096;
    bytes.fill(0xa5, page, page + 4_096);
  }
  writeFileSync(path, bytes);
  const store = createSqliteStore({ path });
  await expect(store.ping()).rejects.toThrow('the database file is damaged');
  await store.close();
});

it('a full and a read-only database are told as such', async () => {
  const path = scratchFile();
  await createSqliteStore({ path }).close();
  const fill = (database: DatabaseSync) => {
    const insert = database.prepare("INSERT INTO sessions (session_id, flow) VALUES ('s', ?)");
    return refusalOf(() => refusingAs('append', () => insert.run('x'.repeat(1_000_000)))).message;
  };
  const full = new DatabaseSync(path);
  full.exec('PRAGMA max_page_count = 20');
  expect(fill(full)).toBe('the store refuses append: the database or its disk is full');
  full.close();
  const readOnly = new DatabaseSync(path, { readOnly: true });
  expect(fill(readOnly)).toBe('the store refuses append: the database is read-only');
  readOnly.close();
});

it('a refusal with an extended result code has the reason of its kind', async () => {
  const path = scratchFile();
  await createSqliteStore({ path }).close();
  const [slow, fast] = [new DatabaseSync(path), new DatabaseSync(path)];
  const insert = "INSERT INTO sessions (session_id) VALUES ('s')";
  slow.exec('BEGIN; SELECT * FROM sessions');
  fast.exec(insert);
  const { message, cause } = refusalOf(() => refusingAs('append', () => slow.exec(insert)));
  expect(cause).toMatchObject({ errcode: 517 });
  expect(message).toMatch(/the database stayed locked/);
  slow.close();
  fast.close();
});

it('a mistake in a statement is no failure of the store', () => {
  const database = new DatabaseSync(':memory:');
  const mistake = () => refusingAs('append', () => database.exec('SELECT * FROM nowhere'));
  expect(mistake).toThrow(/no such table/);
  expect(mistake).not.toThrow(StoreUnavailable);
  database.close();
});
