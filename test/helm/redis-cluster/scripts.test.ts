import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FOLDER } from './survey.ts';

const run = promisify(execFile);

test('the scripts are POSIX and have no fault that shellcheck knows', async () => {
  const scripts = (await readdir(FOLDER)).filter((name) => name.endsWith('.sh'));
  expect(scripts.length).toBeGreaterThan(5);
  await expect(
    run('shellcheck', ['-x', '--shell=sh', ...scripts], { cwd: FOLDER }),
  ).resolves.toMatchObject({
    stdout: '',
  });
});
