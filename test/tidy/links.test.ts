import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles } from './project-files.ts';

/** A link of a document, with what it leads to: a path from the root and an anchor. */
type Link = { from: string; line: number; path: string; anchor: string };

/** In Markdown, or a picture in HTML. */
const LINK = /\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g;

const documents = projectFiles(
  '*.md',
  '{docs,test,bench,.github,examples}/**/*.md',
  'helm/*/README.md',
  'helm/cognigy-session-sidecar/charts/*/README.md',
);
const anchors = new Map(documents.map(({ path, lines }) => [path, anchorsOf(lines)]));
const links = documents.flatMap(({ path, lines }) => linksOf(path, lines));

test('every link leads to a file, and to a heading of it if it names one', () => {
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((link) => !isThere(link)).map(textOf)).toEqual([]);
});

test('every page of docs/ is at most two clicks from the README', () => {
  const clicks = new Map([['README.md', 0]]);
  // A map may grow while it is walked.
  for (const [path, count] of clicks) {
    const next = links.filter(({ from }) => from === path);
    for (const { path: target } of next) if (!clicks.has(target)) clicks.set(target, count + 1);
  }
  const pages = documents.map(({ path }) => path).filter((path) => path.startsWith('docs/'));
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.filter((path) => (clicks.get(path) ?? Infinity) > 2)).toEqual([]);
});

test.each([
  ['[a](lines.test.ts)', true],
  ['[a](no-file.md)', false],
  ['[a](../../README.md#post-and-restore)', true],
  ['[a](../../README.md#no-such-heading)', false],
  ['[a](#nothing)', false],
  ['![a](no-picture.png)', false],
  ['<img src="no-picture.png">', false],
  ['<source srcset="lines.test.ts">', true],
])('what is a link to something: %s', (line, expected) => {
  const found = linksOf('test/tidy/x.md', [line]);
  expect(found.map(isThere)).toEqual([expected]);
});

test('what is no link, and what a heading is called', () => {
  expect(linksOf('x.md', ['```', '[a](b)', '```', '`[a](b)`', '[a](https://b.example)'])).toEqual(
    [],
  );
  expect([...anchorsOf(['# A `b` c-d', '## A b c-d', '```', '# no', '```'])]).toEqual([
    'a-b-c-d',
    'a-b-c-d-1',
  ]);
});

function linksOf(from: string, lines: readonly string[]): Link[] {
  return outsideOfBlocks(lines).flatMap(({ text, line }) =>
    [...text.replaceAll(/`[^`]*`/g, '').matchAll(LINK)]
      .map(([, target, picture]) => target ?? picture ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => {
        const [file = '', anchor = ''] = target.split('#');
        return { from, line, path: file === '' ? from : join(dirname(from), file), anchor };
      }),
  );
}

/** The anchors of the headings, as GitHub names them. */
function anchorsOf(lines: readonly string[]): Set<string> {
  const names = new Map<string, number>();
  const headings = outsideOfBlocks(lines).flatMap(({ text }) => /^#+ (.*)$/.exec(text)?.[1] ?? []);
  return new Set(
    headings.map((heading) => {
      const name = heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-');
      const times = names.get(name) ?? 0;
      names.set(name, times + 1);
      return times === 0 ? name : `${name}-${times}`;
    }),
  );
}

function outsideOfBlocks(lines: readonly string[]): { text: string; line: number }[] {
  let isInside = false;
  return lines.flatMap((text, place) => {
    const isFence = text.trimStart().startsWith('```');
    if (isFence) isInside = !isInside;
    return isFence || isInside ? [] : [{ text, line: place + 1 }];
  });
}

function isThere({ path, anchor }: Link): boolean {
  if (relative('.', path).startsWith('..') || !existsSync(path)) return false;
  if (anchor === '') return true;
  return statSync(path).isFile() && (anchors.get(path)?.has(anchor) ?? false);
}

function textOf({ from, line, path, anchor }: Link): string {
  return `${from}:${line} ${path}${anchor && `#${anchor}`}`;
}
