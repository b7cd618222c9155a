import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { notesOf } from '../../.ci/release/notes.ts';
import manifest from '../../package.json' with { type: 'json' };

const CHANGELOG = '# Changelog\n\n## Unreleased\n\n## 0.2.0\n\n* two\n\n## 0.1.0\n\n* one\n';

test('the notes are the entries of the version', () => {
  expect(notesOf('v0.2.0', '0.2.0', CHANGELOG)).toBe('* two');
  expect(notesOf('v0.1.0', '0.1.0', CHANGELOG)).toBe('* one');
});

test.each([
  ['v0.2.0', '0.1.0', 'the tag is v0.2.0, and package.json has the version 0.1.0'],
  ['0.2.0', '0.2.0', 'the tag is 0.2.0'],
  ['v0.2', '0.2', 'CHANGELOG.md has no entries under "## 0.2"'],
  ['vUnreleased', 'Unreleased', 'CHANGELOG.md has no entries'],
])('the tag %s of version %s is refused', (tag, version, reason) => {
  expect(() => notesOf(tag, version, CHANGELOG)).toThrow(reason);
});

test('the changelog has what changed since this version, and what this version has', () => {
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  expect(changelog).toContain('\n## Unreleased\n');
  expect(notesOf(`v${manifest.version}`, manifest.version, changelog)).not.toBe('');
});
