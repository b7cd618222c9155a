import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codeSpans, readmeTable } from './readme.ts';

test('every folder that the README names is there', () => {
  const folders = readmeTable('folder').flatMap((row) => row.flatMap(codeSpans));
  expect(folders.filter((path) => path.endsWith('/') && !existsSync(path))).toEqual([]);
});
