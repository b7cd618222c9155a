import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codeSpans, tableIn } from './readme.ts';

test('every folder that CONTRIBUTING.md names is there', () => {
  const folders = tableIn(readFileSync('CONTRIBUTING.md', 'utf8'), 'folder').flatMap((row) =>
    row.flatMap(codeSpans),
  );
  expect(folders.filter((path) => path.endsWith('/') && !existsSync(path))).toEqual([]);
});
