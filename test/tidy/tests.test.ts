import { expect, test } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

const tests = projectFiles('test/**/*.ts');

test('no test is skipped, focused or left open', () => {
  const pattern =
    /\b(test|it|describe|suite)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails)\b|\b(context|ctx)\.skip\(/;
  expect(linesMatching(tests, pattern)).toEqual([]);
});

test('no two tests of a file have one name', () => {
  const found = tests.flatMap(({ path, lines }) => {
    const calls = lines.join('\n').matchAll(/^\s*(?:test|it)\(\s*(['"`])(.*?)\1,/gm);
    const names = [...calls].map(([, , name = '']) => name);
    return names
      .filter((name, place) => names.indexOf(name) < place)
      .map((name) => `${path}: ${name}`);
  });
  expect(found).toEqual([]);
});
