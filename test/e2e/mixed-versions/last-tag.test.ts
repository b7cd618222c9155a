import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lastTag } from './released-version.ts';

test('the last release is the last tag of a version before this commit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tags-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-C',
      folder,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b.example',
      ...args,
    ]);
  const commit = () => git('commit', '--quiet', '--allow-empty', '--message', 'a change');
  git('init', '--quiet');
  commit();
  commit();
  git('tag', 'not-a-version');
  expect(lastTag(folder)).toBeUndefined();

  git('tag', 'v0.1.0');
  expect(lastTag(folder), 'while it is released').toBeUndefined();
  commit();
  expect(lastTag(folder), 'after it').toBe('v0.1.0');
  git('tag', 'v0.2.0');
  expect(lastTag(folder), 'while the next one is released').toBe('v0.1.0');
});
