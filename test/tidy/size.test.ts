import { expect, test } from 'vitest';
import { isComment, projectFiles } from './project-files.ts';

const CODE_LINES_MAX = 200;

test(`no file has more than ${CODE_LINES_MAX} lines of code`, () => {
  const sizes = projectFiles('{src,test,examples,bench}/**/*.ts', 'src/**/*.lua').map(({ path, lines }) => ({
    path,
    codeLines: lines.filter((line) => line.trim() !== '' && !isComment(line)).length,
  }));
  expect(sizes.filter(({ codeLines }) => codeLines > CODE_LINES_MAX)).toEqual([]);
});
