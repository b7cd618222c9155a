import { expect, test } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;
const SNAKE_CASE = /^[a-z0-9]+(_[a-z0-9]+)*\.(proto|lua)$/;
const NO_JOB = /(^index\.ts$|(^|[-_])(utils?|helpers?|common|types|misc)[-_.])/;

const files = projectFiles(
  '{src,test,examples,bench,.ci/{bundle,release}}/**/*.ts',
  'src/**/*.lua',
  'proto/**/*.proto',
);

function misnamed(pattern: RegExp, isWrong: (name: string) => boolean): string[] {
  const named = files.map(({ path }) => ({ path, name: path.split('/').at(-1) ?? '' }));
  return named.filter(({ name }) => pattern.test(name) && isWrong(name)).map(({ path }) => path);
}

test('TypeScript files are named in kebab-case', () => {
  expect(misnamed(/\.ts$/, (name) => !KEBAB_CASE.test(name))).toEqual([]);
});

test('proto and Lua files are named in snake_case', () => {
  expect(misnamed(/\.(proto|lua)$/, (name) => !SNAKE_CASE.test(name))).toEqual([]);
});

test('every file is named after its job', () => {
  expect(misnamed(/\.ts$/, (name) => NO_JOB.test(name))).toEqual([]);
});

test('no type is called I…, …Impl or …Manager', () => {
  const pattern = /^\s*(export )?(abstract )?(class|interface|type) (I[A-Z]|\w*(Impl|Manager)\b)/;
  expect(linesMatching(files, pattern)).toEqual([]);
});
