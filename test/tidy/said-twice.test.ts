// Nothing is said twice: what two documents both say becomes wrong in one of them.

import { expect, test } from 'vitest';
import { projectFiles } from './project-files.ts';

/** As many words in a row are a sentence that was copied, and no coincidence. */
const WORDS_IN_A_ROW = 12;

type Word = { text: string; path: string; line: number };

test('no two documents have the same sentence', () => {
  const documents = projectFiles(
    '*.md',
    '{docs,test,bench}/**/*.md',
    '{helm,examples}/**/README.md',
  );
  expect(documents.length).toBeGreaterThan(40);
  expect(repeatedIn(documents)).toEqual([]);
});

test.each([
  ['one two three four five six seven eight nine ten eleven twelve', 1],
  ['One **two** [three](x.md) `four` five\nsix seven, eight nine ten eleven twelve!', 1],
  ['one two three four five six seven eight nine ten eleven', 0],
  ['```\none two three four five six seven eight nine ten eleven twelve\n```', 0],
])('what is the same sentence: %j', (text, times) => {
  const first = {
    path: 'a.md',
    lines: ['one two three four five six seven eight nine ten eleven twelve'],
  };
  const found = repeatedIn([first, { path: 'b.md', lines: text.split('\n') }]);
  expect(found).toHaveLength(times);
});

/** Where a document has as many words in a row as another one before it. */
function repeatedIn(documents: readonly { path: string; lines: string[] }[]): string[] {
  const seen = new Map<string, Word>();
  const found = new Set<string>();
  for (const { path, lines } of documents) {
    for (const words of runsOfWords(path, lines)) {
      for (let at = 0; at + WORDS_IN_A_ROW <= words.length; at++) {
        const row = words.slice(at, at + WORDS_IN_A_ROW);
        const key = row.map(({ text }) => text).join(' ');
        const other = seen.get(key);
        const [first] = row;
        if (other === undefined && first) seen.set(key, first);
        else if (other && first && other.path !== path)
          found.add(`${path}:${first.line} as ${other.path}:${other.line}`);
      }
    }
  }
  return [...found];
}

/** The words of a document, without those of blocks of code, which interrupt a run. */
function runsOfWords(path: string, lines: readonly string[]): Word[][] {
  const runs: Word[][] = [[]];
  let isInside = false;
  for (const [place, line] of lines.entries()) {
    const isFence = line.trimStart().startsWith('```');
    if (isFence) {
      isInside = !isInside;
      runs.push([]);
    }
    if (isFence || isInside) continue;
    const plain = line.replaceAll(/\]\([^)]*\)/g, ']').toLowerCase();
    for (const [text] of plain.matchAll(/[\p{L}\p{N}_']+/gu))
      runs.at(-1)?.push({ text, path, line: place + 1 });
  }
  return runs;
}
