import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { codeSpans, readmeTable } from './readme.ts';

test('every dependency has its row, and no row is of something else', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const names = [dependencies, devDependencies, optionalDependencies].flatMap((group) =>
    Object.keys(group),
  );
  expect(
    readmeTable('package')
      .flatMap(([name = '']) => codeSpans(name))
      .sort(),
  ).toEqual(names.sort());
});
