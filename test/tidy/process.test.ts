import { expect, test } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

const source = projectFiles('src/**/*.ts');

test('nothing writes to the console', () => {
  expect(linesMatching(source, /\bconsole\.\w+/)).toEqual([]);
});

test('the environment is read in main.ts and nowhere else', () => {
  const others = source.filter(({ path }) => path !== 'src/main.ts');
  expect(
    linesMatching(others, /\bprocess\.env\b|\bimport \{[^}]*\benv\b[^}]*\} from 'node:process'/),
  ).toEqual([]);
});
