import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { codeSpans, tableIn } from './readme.ts';

test('every dependency has its row, and no row is of something else', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const names = [dependencies, devDependencies, optionalDependencies].flatMap((group) =>
    Object.keys(group),
  );
  expect(
    tableIn(readFileSync('CONTRIBUTING.md', 'utf8'), 'package')
      .flatMap(([name = '']) => codeSpans(name))
      .sort(),
  ).toEqual(names.sort());
});
