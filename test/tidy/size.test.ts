import { expect, test } from 'vitest';
import { isComment, projectFiles } from './project-files.ts';

/** Code lines of a file: without comments and empty lines. Tables of cases may be longer. */
test.each([
  ['{src,bench,.ci/{bundle,release},examples}/**/*.{ts,lua}', 220],
  ['test/**/*.ts', 260],
])('no file of %s has more than %i lines of code', (pattern, codeLinesMax) => {
  const sizes = projectFiles(pattern).map(({ path, lines }) => ({
    path,
    codeLines: lines.filter((line) => line.trim() !== '' && !isComment(line)).length,
  }));
  expect(sizes.length).toBeGreaterThan(10);
  expect(sizes.filter(({ codeLines }) => codeLines > codeLinesMax)).toEqual([]);
});
