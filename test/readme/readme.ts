// The README and the pages of docs/, taken apart: fenced blocks and tables, by section.

import { readFileSync } from 'node:fs';

/** A fenced block. */
export type Block = { section: string; language: string; text: string };

/** All fenced blocks of a document, in order. `section` is the heading above; empty before the
 * first one. */
export function documentBlocks(path: string): Block[] {
  const sections = readFileSync(path, 'utf8').split(/^## /m);
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

/** The rows of the table of a page whose first column has this heading, each a list of its cells.
 * `page` is a path within docs/. */
export function pageTable(page: string, firstHeading: string): string[][] {
  return tableIn(readFileSync(`docs/${page}`, 'utf8'), firstHeading);
}

/** The same of a document, by its text. */
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
