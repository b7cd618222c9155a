import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codeSpans, readmeTable } from './readme.ts';

test('the table of body fields has every name that a body is read by', () => {
  const source = readFileSync('src/transport/webhook/posted-update.ts', 'utf8');
  const lists = [...source.matchAll(/fieldOf\(body, \[(.*?)\]\)/g)].map(([, names = '']) =>
    [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
  );
  const shown = readmeTable('body field').flatMap(([name = '', alias = '']) => [
    ...codeSpans(name),
    ...codeSpans(alias),
  ]);
  expect(shown.sort()).toEqual(lists.flat().sort());
});
