import { expect, test } from 'vitest';
import { type ProjectFile, projectFiles } from './project-files.ts';

const COLUMNS_MAX = 100;

/** Where long texts are broken by hand, so that only what cannot be broken is longer. */
const BROKEN_BY_HAND = [
  ...['src/*.ts', 'src/{session,flows,config,process,commands,service,telemetry}/**/*.ts'],
  '{bench,.ci/{bundle,release},examples}/**/*.ts',
];

/** Where a long text may end its line, such as the name of a test: the formatter leaves it. */
const LONG_TEXTS_ALLOWED = ['test/**/*.ts'];

/** A regular expression that begins its line, a URL. */
const UNBREAKABLE = [/^\s*\/.*\/[a-z]*[;,]?$/, /https?:\/\/\S{40}/];

/** What the formatter leaves on one line: the import of a single name. */
const IMPORT = /^import [^,]* from '[^']+';$/;

/** A string, template or regular expression within one line. */
const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?:[^/\\]|\\.)+\/[a-z]*/g;

/** What may be around a long text: `test('…', async () => {`, `message: `. */
const AROUND_TEXT_MAX = 40;

test('no line of comments or code is too long', () => {
  const files = projectFiles(...BROKEN_BY_HAND);
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => tooLong(file, isUnbreakable))).toEqual([]);
});

test('no line of a test is too long, but for one long text', () => {
  const files = projectFiles(...LONG_TEXTS_ALLOWED);
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => tooLong(file, isOneText))).toEqual([]);
});

test.each([
  [`  const text = 'x${' and y'.repeat(30)}';`, false, true],
  [`  /^${'x'.repeat(100)}$/,`, true, true],
  [`  // See https://example.com/${'x'.repeat(100)}`, true, true],
  [`  // A comment that is ${'very '.repeat(20)} long.`, false, false],
  [`  const sum = ${'one + '.repeat(20)} 'text' + two;`, false, false],
])('which lines may be long: %s', (line, anywhere, inTests) => {
  expect({ anywhere: isUnbreakable(line), inTests: isOneText(line) }).toEqual({
    anywhere,
    inTests,
  });
});

function tooLong({ path, lines }: ProjectFile, isAllowed: (line: string) => boolean): string[] {
  return lines.flatMap((line, place) =>
    [...line].length > COLUMNS_MAX && !isAllowed(line) ? [`${path}:${place + 1}`] : [],
  );
}

function isUnbreakable(line: string): boolean {
  return UNBREAKABLE.some((pattern) => pattern.test(line));
}

function isOneText(line: string): boolean {
  if (isUnbreakable(line) || IMPORT.test(line)) return true;
  const longest = Math.max(0, ...(line.match(LITERAL) ?? []).map(({ length }) => length));
  return line.trim().length - longest <= AROUND_TEXT_MAX;
}
