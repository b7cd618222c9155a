// The README and other documents, taken apart: fenced blocks and tables, by section.

import { readFileSync } from 'node:fs';

/** A fenced block. */
export type Block = { section: string; language: string; text: string };

const readme = readFileSync('README.md', 'utf8');

/** All fenced blocks of the README, in order. `section` is the heading above; empty on the first
 * screen. */
export function readmeBlocks(): Block[] {
  return blocksOf(readme);
}

/** All fenced blocks of a document, in order. */
export function documentBlocks(path: string): Block[] {
  return blocksOf(readFileSync(path, 'utf8'));
}

function blocksOf(document: string): Block[] {
  const sections = document.split(/^## /m);
  return sections.flatMap((section, place) => {
    const heading = place === 0 ? '' : (section.split('\n', 1)[0] ?? '');
    const blocks = section.matchAll(/^```(\w+)\n(.*?)^```$/gms);
    return [...blocks].map(([, language = '', text = '']) => ({
      section: heading,
      language,
      text,
    }));
  });
}

/** The rows of the table whose first column has this heading, each a list of its cells. */
export function readmeTable(firstHeading: string): string[][] {
  return tableIn(readme, firstHeading);
}

/** The same of another document, by its text. */
export function tableIn(document: string, firstHeading: string): string[][] {
  const lines = document.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${firstHeading} |`));
  if (head < 0) throw new Error(`there is no table "${firstHeading}"`);
  const end = lines.findIndex((line, place) => place > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).map(cellsOf);
}

/** A cell's `code spans`, without the marks. */
export function codeSpans(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}
