// What a run of tests says at its end, by runs of small files of their own.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const CONFIG = `
  import { createTotalsReporter } from '${resolve('test/support/totals-reporter.ts')}';
  export default {
    test: {
      reporters: [createTotalsReporter()],
      setupFiles: ['${resolve('test/support/no-empty-each.ts')}'],
      expect: { requireAssertions: true },
    },
  };`;

const HEAD = "import { beforeAll, describe, expect, test } from 'vitest';\n";
const PASSING = "test('passes', () => { expect(1).toBe(1); });\n";

/** The exit code of a run over files of this code, and the last line that it wrote. */
async function runOf(
  files: readonly string[],
  ...args: string[]
): Promise<{ last: string | undefined; code: unknown }> {
  const folder = mkdtempSync(join(tmpdir(), 'harness-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'cases'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'vitest.config.ts'), CONFIG);
  for (const [place, code] of files.entries())
    writeFileSync(join(folder, `cases/${place}.test.ts`), code === '' ? '' : HEAD + code);
  const command = resolve('node_modules/.bin/vitest');
  return new Promise((answer) => {
    const given = ['run', '--root', folder, ...args];
    execFile(command, given, { cwd: folder }, (error, stdout) => {
      answer({ last: stdout.trimEnd().split('\n').at(-1), code: error?.code ?? 0 });
    });
  });
}

const FAILING = {
  'a test fails': "test('fails', () => { expect(1).toBe(2); });",
  'a test is skipped': "test.skip('skipped', () => {});",
  'a test is skipped by an option': "test('skipped', { skip: true }, () => {});",
  'a test skips itself': "test('skips', (context) => context.skip());",
  'a suite is skipped': "describe.skip('suite', () => { test('skipped', () => {}); });",
  'a test is only planned': "test.todo('planned');",
  'a test expects nothing': "test('empty', () => {});",
  'a list of cases is empty': "describe('suite', () => { test.each([])('%s', () => {}); });",
  'a list of suites is empty': "describe.each([])('%s', () => { test('a', () => {}); });",
  'a file declares no test': '',
};

test('a run in which all passes ends with nothing failed, and with 0', async () => {
  expect(await runOf([PASSING])).toEqual({ last: '1 passed, 0 failed', code: 0 });
});

test(`each of these has failed: ${Object.keys(FAILING).join(', ')}`, async () => {
  const codes = Object.values(FAILING);
  const ran = await runOf([PASSING, ...codes]);
  expect(ran).toEqual({ last: `1 passed, ${codes.length} failed`, code: 1 });
});

test('a run in which a test was skipped, and nothing else happened, fails', async () => {
  const ran = await runOf([PASSING + FAILING['a test skips itself']]);
  expect(ran).toEqual({ last: '1 passed, 1 failed', code: 1 });
});

test('a hook that throws has failed', async () => {
  const hook = "describe('suite', () => { beforeAll(() => { throw 1; }); test('a', () => {}); });";
  const { last, code } = await runOf([PASSING, hook]);
  expect(last).toMatch(/^1 passed, [12] failed$/);
  expect(code).toBe(1);
});

test('a run of the tests with a name may leave out the others', async () => {
  const others = "test('another', () => { expect(1).toBe(1); });";
  const ran = await runOf([PASSING + others], '-t', 'passes');
  expect(ran).toEqual({ last: '1 passed, 0 failed', code: 0 });
});
