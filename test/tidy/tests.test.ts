import { expect, test } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

const tests = projectFiles('test/**/*.ts');

/** Where such tests are shown as text. */
const SHOWING = ['test/tidy/tests.test.ts', 'test/harness/totals.test.ts'];

const LEFT_OUT = /\b(skip|only|todo|skipIf|runIf|fails)\b/;

/** A call, an option, or a test's own context: `test.skip(`, `{ skip: true }`, `skip()`. What these
 * do not find, the totals of a run do. */
const LEAVING_OUT = new RegExp(
  [
    `\\b(test|it|describe|suite)\\b[^'"\`]*\\.${LEFT_OUT.source}`,
    `\\{[^}]*${LEFT_OUT.source}:`,
    `\\b(context|ctx)\\.skip\\(`,
    `\\(\\{ (\\w+, )*skip\\b`,
  ].join('|'),
);

test('no test is skipped, focused or left open', () => {
  const others = tests.filter(({ path }) => !SHOWING.includes(path));
  expect(linesMatching(others, LEAVING_OUT)).toEqual([]);
});

test.each([
  "test.skip('name', () => {",
  "describe.concurrent.only('name', () => {",
  "test.skipIf(isBusy)('name', () => {",
  "test('name', { skip: true }, () => {",
  "test('name', { timeout: 1000, fails: true }, () => {",
  'context.skip();',
  "test('name', ({ skip }) => skip());",
])('what leaves a test out is found: %s', (line) => {
  expect(line).toMatch(LEAVING_OUT);
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
