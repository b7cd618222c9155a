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

test('the lock file names no registry, so that every machine takes its own', () => {
  const [lock] = projectFiles('package-lock.json');
  expect(lock?.lines.length).toBeGreaterThan(0);
  expect(linesMatching(lock ? [lock] : [], /"resolved":|https?:\/\/[^"]*registry/)).toEqual([]);
});
