import { expect, test } from 'vitest';
import { isComment, type ProjectFile, projectFiles } from './project-files.ts';
import { WORDS } from './words.ts';

/** What is held to the list: all but the tests. */
const HELD = [
  'src/**/*.{ts,lua}',
  'proto/cognigy/**/*.proto',
  '*.md',
  '.github/**/*.{md,yml}',
  'docs/**/*.{md,json}',
  '{bench,.ci/{bundle,release}}/**/*.{ts,json}',
  'examples/**/*.{ts,json,md}',
  'helm/**/*.{yaml,json,md,tpl,txt,sh,awk,conf,mts}',
  '{Dockerfile,compose.yaml,.ci/{build-tools,install-packages,run,kind/*}}',
];

const KINDS = WORDS.map(({ pattern, except, instead }) => ({
  pattern: acrossLines(`\\b(?:${pattern})\\b`),
  // A pattern that matches nothing, where there is no exception.
  except: acrossLines(except ?? '(?!)'),
  instead,
}));

test('names, comments and messages are in the plain words of the field', () => {
  const files = projectFiles(...HELD);
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap(findings).join('\n')).toBe('');
});

test.each([
  ['heedSignals(close);', ['x.ts:1 heed -> handles']],
  ['local stood_for = MENDED_AT', ['x.ts:1 stood', 'x.ts:1 MENDED -> repairs, fixes']],
  ['// A session that goes\n  // on.', ['x.ts:1 goes on -> continues']],
  ['/** Kept for\n * ever. */', ['x.ts:1 for ever -> forever, permanently']],
  ['# A node waits for\n# ever.', ['x.ts:1 for ever -> forever, permanently']],
  ['<td>one\nWhoever asks', ['x.ts:2 Whoever -> who, the caller, anyone who']],
  ['tell two standalone servers apart, and tell it', ['x.ts:1 tell -> notes']],
  ["A place stands for a value: `verdict: 'sound'` is over 100 and understood.", []],
])('what to rewrite in %j', (text, expected) => {
  const found = findings({ path: 'x.ts', lines: text.split('\n') });
  expect(found).toEqual(expected.map((start) => expect.stringContaining(start)));
});

test('a file is held to the list with its path', () => {
  expect(findings({ path: 'src/mend-fates.ts', lines: [] })).toEqual([
    'src/mend-fates.ts:0 mend -> repairs, fixes',
    'src/mend-fates.ts:0 fates -> outcome',
  ]);
});

/** What to rewrite in a file, as `path:line word -> instead`; its path is line 0. */
function findings({ path, lines }: ProjectFile): string[] {
  const text = [path, ...lines].map(wordsOf).join('\n');
  return KINDS.flatMap(({ pattern, except, instead }) => {
    const allowed = [...text.matchAll(except)].map(({ index, 0: { length } }) => ({
      start: index,
      end: index + length,
    }));
    return [...text.matchAll(pattern)]
      .filter(({ index }) => !allowed.some(({ start, end }) => start <= index && index < end))
      .map(({ 0: word, index }) => {
        const line = text.slice(0, index).split('\n').length - 1;
        return `${path}:${line} ${word.replaceAll('\n', ' ')} -> ${instead}`;
      });
  });
}

/** A line without what leads its comment, and with its names split into words. */
function wordsOf(line: string): string {
  const text =
    isComment(line) || /^\s*#/.test(line) ? line.replace(/^\s*(\/\*\*|\/\/|\*|--|#+)/, '') : line;
  return text.trim().replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_/g, ' ');
}

function acrossLines(pattern: string): RegExp {
  return new RegExp(pattern.replaceAll(' ', '\\s+'), 'gi');
}
