import { expect, test } from 'vitest';
import { mutantsOf } from './mutants.ts';

const plantedIn = (line: string, language: 'ts' | 'lua' = 'ts') =>
  mutantsOf(line, language)
    .map(({ text }) => text.trim())
    .sort();

test.each([
  ['comparison', 'return a <= b;', ['return a < b;']],
  ['equality', 'return a === b;', ['return a !== b;']],
  ['connective', 'return a && b;', ['return a || b;']],
  ['condition', 'if (a) return;', ['if (!(a)) return;']],
  ['sum', 'return a + b;', ['return a - b;']],
  ['number', 'return 9;', ['return 10;']],
  ['truth', 'return true;', ['return false;']],
  ['call', '  keep(a, { b });', [';']],
  ['assignment', '  a.b = c;', [';']],
  ['early end', '  continue;', [';']],
])('in TypeScript a %s is planted with a bug', (_what, line, planted) => {
  expect(plantedIn(line)).toEqual(planted);
});

test.each([
  ['comparison', 'return a < b', ['return a <= b']],
  ['equality', 'return a == b', ['return a ~= b']],
  ['connective', 'return a or b', ['return a and b']],
  ['condition', 'if a then', ['if not (a) then']],
  ['number', 'local a = 9', ['local a = 10']],
  ['call', "  redis.call('DEL', key)", ['']],
  ['assignment', '  a, b = c, d', ['']],
])('in Lua a %s is planted with a bug', (_what, line, planted) => {
  expect(plantedIn(line, 'lua')).toEqual(planted);
});

test.each([
  ['a comment', '// a && b'],
  ['a text', "say('a && 1', `b < c`, other"],
  ['a pattern', 'const a = /b && 1/;'],
  ['a type', 'type A = B | 1;'],
  ['an import', "import { a } from './a1.ts';"],
  ['a call over several lines', 'keep(a, {'],
  ['an argument of a type', 'new Map<string, number>()'],
])('%s is left alone', (_what, line) => {
  expect(plantedIn(line)).toEqual([]);
});

test('a comment of Lua is left alone', () => {
  expect(plantedIn('-- a and 1', 'lua')).toEqual([]);
});

test('each bug is the only change, and names its line', () => {
  const text = 'if (a) {\n  b();\n}\n';
  expect(
    mutantsOf(text, 'ts').map(({ line, operator, text: all }) => [line, operator, all]),
  ).toEqual(
    expect.arrayContaining([
      [1, 'condition', 'if (!(a)) {\n  b();\n}\n'],
      [2, 'removal', 'if (a) {\n;\n}\n'],
    ]),
  );
});

test('a sample keeps what it has when a line is added elsewhere', () => {
  const text = 'return a <= b;\nreturn 9;\nreturn a + b;\n';
  const [first] = mutantsOf(text, 'ts');
  const [again] = mutantsOf(`\n\n${text}`, 'ts');
  expect(again?.after).toBe(first?.after);
  expect(again?.line).toBe((first?.line ?? 0) + 2);
});
