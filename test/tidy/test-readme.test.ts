import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { projectFiles } from './project-files.ts';

const document = projectFiles('test/README.md')
  .flatMap(({ lines }) => lines)
  .join('\n');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What it names that begins like this. */
function named(pattern: RegExp): string[] {
  return [...new Set([...document.matchAll(pattern)].map(([, name = '']) => name))];
}

test('test/README.md names no file and no folder that is not there', () => {
  const paths = named(/\b((?:test|src)\/[\w./-]*\w\/?)/g);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('test/README.md names no command that is not there, and all that run tests', () => {
  const commands = named(/`[^`\n]*npm (?:run )?(test[\w:]*)/g);
  expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
  const running = Object.keys(scripts).filter((name) => name.startsWith('test'));
  expect(commands.sort()).toEqual(running.sort());
});
