import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { projectFiles } from './project-files.ts';

const LINES_MAX = 120;
const OF_THE_REPOSITORY = /^(src|test|proto|helm|docs|bench|\.ci|examples)\//;

const [page] = projectFiles('ARCHITECTURE.md');
const lines = page?.lines ?? [];

test('every path that ARCHITECTURE.md names exists', () => {
  const text = lines.join('\n');
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  const drawn = [...text.matchAll(/^src\/\S+|(?<= )src\/\S+/gm)].map(([path]) => path);
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
  const paths = [...spans.filter((span) => OF_THE_REPOSITORY.test(span)), ...drawn, ...links];
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('ARCHITECTURE.md is one page, and the README leads to it', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(LINES_MAX);
  const [readme] = projectFiles('README.md');
  expect(readme?.lines.join('\n')).toContain('](ARCHITECTURE.md)');
});
