// docs/concepts.md: its commands are run, and what it shows of the layout is what there is.

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFrame } from '../../src/session/frame.ts';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { createFolder } from '../main/running-process.ts';
import { expectAnswer } from './answers.ts';
import { documentBlocks } from './readme.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const blocks = documentBlocks('docs/concepts.md');
const commands = blocks.flatMap((block, place) => {
  const shown = blocks[place + 1];
  return block.language === 'sh' && shown ? [{ text: block.text, shown }] : [];
});

let terminal: Terminal;
beforeAll(() => {
  terminal = openTerminal({});
});
afterAll(() => terminal?.close());

test.each(commands)('block $text', async ({ text, shown }) => {
  const { output, errors, code } = await terminal.run(text);
  expect(code, errors).toBe(0);
  expectAnswer(output, shown);
});

test('the frame that is decoded is one that the service reads', () => {
  expect(commands).toHaveLength(3);
  const [, frame = ''] = /<<'END'\n(.*)END\n/s.exec(commands[0]?.text ?? '') ?? [];
  expect(readFrame(Buffer.from(frame, 'base64'), 'session-1001').verdict).toBe('sound');
});

test('the tables of SQLite are those that there are', async () => {
  const path = `${createFolder()}/sessions.db`;
  await createSqliteStore({ path }).close();
  const database = new DatabaseSync(path);
  const columns = database
    .prepare(
      `SELECT tables.name || ' ' || group_concat(columns.name, ' ') AS line
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' GROUP BY tables.name ORDER BY tables.name`,
    )
    .all()
    .map(({ line }) => line);
  database.close();
  const shown = blocks
    .filter(({ section }) => section === 'In SQLite')
    .map(({ text }) => text.trim());
  const lines = shown
    .flatMap((text) => text.split('\n'))
    .map((line) => line.replaceAll(/\s+/g, ' '));
  expect(lines.sort()).toEqual(columns);
});
