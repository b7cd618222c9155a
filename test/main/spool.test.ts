// The folder of the spool: prepared before the process has its permissions, and granted to it.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockDirectory } from '../../src/spool/exclusive-lock.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';
import { madeBundle } from '../bundle/made-bundle.ts';
import { createFolder, preloading, SOURCES_MAIN, startProcess } from './running-process.ts';

const MEBIBYTE = 1024 * 1024;
const ENVIRONMENT = {
  STORE_URL: 'redis://127.0.0.1:1',
  SPOOL: 'on',
  SPOOL_MAX_BYTES: String(16 * MEBIBYTE),
};

test.each([
  ['the sources', async () => SOURCES_MAIN],
  ['the bundle', async () => join((await madeBundle()).folder, 'main.cjs')],
])(
  '%s: the ring is there when the process is up, and its folder is granted; nothing else of DATA_DIR is',
  async (_, mainFile) => {
    const probe = `
    import fs from 'node:fs';
    const isSecond = process.execArgv.includes('--disable-warning=ExperimentalWarning');
    function code(attempt) {
      try { attempt(); return 'done' } catch (error) { return error.code }
    }
    if (isSecond) {
      process.stdout.write(JSON.stringify({
        segments: fs.readdirSync('data/spool').filter((name) => name.endsWith('.segment')).length,
        spool: code(() => fs.writeFileSync('data/spool/x', 'x')),
        data: code(() => fs.writeFileSync('data/x', 'x')),
        sync: code(() => fs.fsyncSync(fs.openSync('data/spool/x', 'r+'))),
      }));
      process.exit(0);
    }`;
    const running = startProcess(ENVIRONMENT, {
      main: await mainFile(),
      nodeArguments: preloading(probe),
    });
    expect(await running.exited, running.stderr()).toBe(0);
    const denied = 'ERR_ACCESS_DENIED';
    expect(JSON.parse(running.stdout())).toEqual({
      ...{ segments: 4, spool: 'done', data: denied, sync: denied },
    });
  },
);

test('the permissions name the folder; without a spool they do not, and there is none', async () => {
  const folder = createFolder();
  const withSpool = startProcess({ ...ENVIRONMENT, SPOOL_DIR: 'elsewhere' }, { folder });
  const granted = `read and write ${join(folder, 'elsewhere')}/`;
  expect((await withSpool.up()).permissions).toContain(granted);
  const { SPOOL: _, ...off } = ENVIRONMENT;
  const without = startProcess({ ...off, SPOOL_DIR: 'other' }, { folder });
  const { permissions } = await without.up();
  expect(JSON.stringify(permissions)).not.toContain('other');
  expect(readdirSync(folder)).toEqual(['elsewhere']);
});

test('a folder that another process uses stops the start', async () => {
  const folder = createFolder();
  const directory = join(folder, 'data/spool');
  mkdirSync(directory, { recursive: true });
  prepareSpool(directory, 16 * MEBIBYTE);
  const lock = lockDirectory(directory);
  onTestFinished(() => lock.release());
  const running = startProcess(ENVIRONMENT, { folder });
  expect(await running.exited).toBe(78);
  expect(running.stderr()).toBe(`SPOOL_DIR cannot be used: another process uses ${directory}\n`);
});

test.each([
  ['/dev/null/spool', /^SPOOL_DIR must be a folder that can be created: ENOTDIR.*\n$/],
  ['/proc/self', /^SPOOL_DIR cannot be used: EPERM: .* access '\/proc\/self'\n$/],
])('a folder that cannot be written (%s) stops the start', async (path, message) => {
  const running = startProcess({ ...ENVIRONMENT, SPOOL_DIR: path });
  expect(await running.exited).toBe(78);
  expect(running.stderr()).toMatch(message);
});

test('a folder with something else in the place of a segment stops the start', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, `${'0'.repeat(16)}-00000.segment`), '');
  writeFileSync(join(folder, `${'1'.repeat(16)}-00000.segment`), '');
  const running = startProcess({ ...ENVIRONMENT, SPOOL_DIR: folder });
  expect(await running.exited).toBe(78);
  expect(running.stderr()).toContain('has the segments of 2 spools');
});

test.each([
  ['size=8m', /^SPOOL_DIR cannot be used: \S+ is on a disk without room for 16777216 bytes\n$/],
  ['ro', /^SPOOL_DIR cannot be used: EROFS: read-only file system, access '\S+'\n$/],
])('a disk mounted with %s stops the start, and is not left full', async (option, message) => {
  const folder = createFolder();
  const script =
    'mount -t tmpfs -o "$3" tmpfs "$0" && "$1" "$2"; code=$?; ls -A "$0" | grep -v lock.db; exit $code';
  const { code, stdout, stderr } = await runInNamespace(
    [...['sh', '-c', script, folder, process.execPath, SOURCES_MAIN, option]],
    { ...ENVIRONMENT, SPOOL_DIR: folder },
  );
  expect(stderr).toMatch(message);
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
});

function runInNamespace(
  words: string[],
  environment: Record<string, string>,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    const inNamespace = ['--user', '--map-root-user', '--mount', ...words];
    execFile('unshare', inNamespace, { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
