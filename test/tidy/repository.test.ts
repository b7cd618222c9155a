import { expect, test } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

test('the documents name no path of a machine', () => {
  expect(
    linesMatching(
      projectFiles('*.md', 'docs/{*,flows/*,services/*,operate/*,reference/*}.md'),
      /(^|[\s`'"(=])\/(home|root|work|tmp|Users|var|opt)\//,
    ),
  ).toEqual([]);
});

test('no lock file names a registry, so that every machine takes its own', () => {
  const locks = projectFiles('package-lock.json', 'examples/**/package-lock.json');
  expect(linesMatching(locks, /"resolved":|https?:\/\/[^"]*registry/)).toEqual([]);
});
