// docs/compatibility.md names what the code and the tests have.

import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import { NEWEST_FORMAT } from '../../src/session/format.ts';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { createFolder } from '../main/running-process.ts';

const document = readFileSync('docs/compatibility.md', 'utf8');
const rows = document.split('\n').filter((line) => line.startsWith('| '));

test('it has a row for each format that is read, and none for others', () => {
  const formats = rows.flatMap((row) => /^\| frame, format (\d+)/.exec(row)?.[1] ?? []);
  const expected = Array.from({ length: NEWEST_FORMAT }, (_, place) => String(place + 1));
  expect([...new Set(formats)]).toEqual(expected);
});

test('it names the default of WRITE_FORMAT', () => {
  expect(document).toContain(`\`${SETTINGS.WRITE_FORMAT.default}\`, the default`);
});

test("it names SQLite's schema", async () => {
  const path = `${createFolder()}/sessions.db`;
  await createSqliteStore({ path }).close();
  const database = new DatabaseSync(path);
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  database.close();
  expect(rows.some((row) => row.startsWith(`| SQLite, schema ${version} |`))).toBe(true);
});

test('it names the commit that the tests run beside this version', () => {
  const source = readFileSync('test/e2e/mixed-versions/released-version.ts', 'utf8');
  const [, commit = ''] = /const RELEASED = '([0-9a-f]{40})'/.exec(source) ?? [];
  expect(commit).not.toBe('');
  expect(document).toContain(commit);
});
