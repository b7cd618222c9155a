import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { madeBundle } from '../bundle/made-bundle.ts';
import { createFolder, preloading, SOURCES_MAIN, startProcess } from './running-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const DENIED = 'ERR_ACCESS_DENIED';

/** What comes of things that the process tries once it is restricted: `done`, or the code of the
 * refusal. */
async function triedIn(
  attempts: Record<string, string>,
  options: {
    main: string;
    environment?: Record<string, string>;
    nodeArguments?: string[];
    folder?: string;
  },
): Promise<Record<string, string>> {
  const tries = Object.entries(attempts)
    .map(
      ([name, code]) =>
        `try { ${code}; results.${name} = 'done' } catch (error) { results.${name} = error.code }`,
    )
    .join('\n');
  const probe = `
    import fs from 'node:fs'; import os from 'node:os'; import { WASI } from 'node:wasi';
    import childProcess from 'node:child_process'; import inspector from 'node:inspector';
    import workers from 'node:worker_threads';
    const isQuiet = process.execArgv.includes('--disable-warning=ExperimentalWarning');
    if (process.permission !== undefined && isQuiet) {
      const results = {};
      ${tries}
      process.stdout.write(JSON.stringify(results));
      process.exit(0);
    }`;
  const running = startProcess(options.environment, {
    main: options.main,
    ...(options.folder && { folder: options.folder }),
    nodeArguments: [...preloading(probe), ...(options.nodeArguments ?? [])],
  });
  expect(await running.exited, running.stderr()).toBe(0);
  return JSON.parse(running.stdout());
}

/** Attempts by their names, with the refusal of each. `own` is the folder of the code. */
const forbidden = (own: string): [string, string, string][] => [
  ['writing a file outside', "fs.writeFileSync(os.tmpdir() + '/escaped', 'x')", DENIED],
  [
    'writing into its own code',
    `fs.writeFileSync(${JSON.stringify(join(own, 'x.ts'))}, 'x')`,
    DENIED,
  ],
  ['removing its own code', `fs.rmSync(${JSON.stringify(own)}, { recursive: true })`, DENIED],
  ['reading /etc/passwd', "fs.readFileSync('/etc/passwd')", DENIED],
  ['reading the environment of others', "fs.readFileSync('/proc/1/environ')", DENIED],
  ['listing the root', "fs.readdirSync('/')", DENIED],
  ['reading above its own code', `fs.readdirSync(${JSON.stringify(dirname(own))})`, DENIED],
  ['reading its own tests', `fs.readdirSync(${JSON.stringify(join(ROOT, 'test'))})`, DENIED],
  ['a child process', "childProcess.execFileSync('true')", DENIED],
  ['another program in its place', "process.execve('/bin/true', ['true'], {})", DENIED],
  ['a worker thread', "new workers.Worker('', { eval: true })", DENIED],
  ['a native addon', "process.dlopen({ exports: {} }, '/tmp/addon.node')", 'ERR_DLOPEN_DISABLED'],
  ['the inspector', 'inspector.open(0)', DENIED],
  ['WASI', "new WASI({ version: 'preview1' })", DENIED],
  [
    'a symbolic link to the outside',
    "fs.symlinkSync('/etc', process.env.DATA_DIR + '/link')",
    DENIED,
  ],
];

const READ_PASSWD = { read: "fs.readFileSync('/etc/passwd')" };

describe.each([
  ['the sources', async () => SOURCES_MAIN],
  ['the bundle', async () => join((await madeBundle()).folder, 'main.cjs')],
])('%s:', (_, mainFile) => {
  test('the process is refused everything that it was not granted', async () => {
    const main = await mainFile();
    const all = forbidden(dirname(main));
    const attempts = Object.fromEntries(all.map(([, code], index) => [`n${index}`, code]));
    const tried = await triedIn(attempts, { main, environment: { DATA_DIR: createFolder() } });
    const results = all.map(([name], index) => [name, tried[`n${index}`]]);
    expect(results).toEqual(all.map(([name, , refusal]) => [name, refusal]));
  });

  test('the process may read its own files and /proc/self/, and write its data folder', async () => {
    const main = await mainFile();
    const attempts = {
      code: `fs.readFileSync(${JSON.stringify(main)})`,
      memory: "fs.readFileSync('/proc/self/status')",
      write: "fs.writeFileSync('data/x', 'x'); fs.readFileSync('data/x')",
    };
    expect(await triedIn(attempts, { main })).toEqual({
      code: 'done',
      memory: 'done',
      write: 'done',
    });
  });

  test('the data folder is not granted where Redis is the store', async () => {
    const folder = createFolder();
    const attempts = { write: `fs.writeFileSync('x', 'x')`, read: "fs.readdirSync('.')" };
    const environment = { STORE_URL: 'redis://127.0.0.1:1', DATA_DIR: folder };
    expect(await triedIn(attempts, { main: await mainFile(), environment, folder })).toEqual({
      write: DENIED,
      read: DENIED,
    });
  });

  test('a secret file is granted alone, not its folder', async () => {
    const folder = createFolder();
    writeFileSync(join(folder, 'token'), 'a-secret-of-some-length');
    writeFileSync(join(folder, 'other'), 'x');
    const attempts = {
      token: "fs.readFileSync('token')",
      other: "fs.readFileSync('other')",
      write: "fs.writeFileSync('token', '')",
    };
    const environment = { RPC_TOKEN_FILE: 'token', DATA_DIR: join(folder, 'data') };
    expect(await triedIn(attempts, { main: await mainFile(), environment, folder })).toEqual({
      token: 'done',
      other: DENIED,
      write: DENIED,
    });
  });

  test('what is granted within a folder that is granted costs nothing of that folder', async () => {
    const folder = createFolder();
    mkdirSync(join(folder, 'data/flows'), { recursive: true });
    writeFileSync(join(folder, 'data/token'), 'a-secret-of-some-length');
    const attempts = {
      token: "fs.readFileSync('data/token')",
      folder: "fs.statfsSync('data'); fs.readdirSync('data')",
      flows: "fs.readdirSync('data/flows')",
      write: "fs.writeFileSync('data/x', 'x'); fs.rmSync('data/x')",
      other: `fs.readdirSync(${JSON.stringify(ROOT)})`,
    };
    const environment = { RPC_TOKEN_FILE: 'data/token', FLOWS_DIR: 'data/flows' };
    expect(await triedIn(attempts, { main: await mainFile(), environment, folder })).toEqual({
      ...{ token: 'done', folder: 'done', flows: 'done', write: 'done' },
      other: DENIED,
    });
  });

  test.each(['--permission-audit', '--allow-fs-vfs', '--no-permission'])(
    'NODE_OPTIONS=%s does not widen what the process may do',
    async (option) => {
      const environment = { NODE_OPTIONS: option };
      expect(await triedIn(READ_PASSWD, { main: await mainFile(), environment })).toEqual({
        read: DENIED,
      });
    },
  );

  test('an argument that only audits is left out', async () => {
    const options = { main: await mainFile(), nodeArguments: ['--permission-audit'] };
    expect(await triedIn(READ_PASSWD, options)).toEqual({ read: DENIED });
  });

  test('other NODE_OPTIONS are kept', async () => {
    const attempts = {
      kept: "if (process.env.NODE_OPTIONS !== '--stack-trace-limit=3') throw { code: process.env.NODE_OPTIONS }",
    };
    const environment = { NODE_OPTIONS: '--stack-trace-limit=3' };
    expect(await triedIn(attempts, { main: await mainFile(), environment })).toEqual({
      kept: 'done',
    });
  });

  test.each([
    ['one arena', undefined, '1'],
    ['as many arenas as are given', '3', '3'],
  ])('the C library gets %s', async (_, given, arenas) => {
    const attempts = {
      arenas: `if (process.env.MALLOC_ARENA_MAX !== '${arenas}') throw { code: process.env.MALLOC_ARENA_MAX }`,
    };
    const environment = given === undefined ? {} : { MALLOC_ARENA_MAX: given };
    expect(await triedIn(attempts, { main: await mainFile(), environment })).toEqual({
      arenas: 'done',
    });
  });

  test('a process that was started with permissions keeps them, and says what it does not need', async () => {
    const running = startProcess(
      {},
      {
        main: await mainFile(),
        nodeArguments: ['--permission', '--allow-net', '--allow-fs-read=*', '--allow-fs-write=*'],
      },
    );
    const needless = [
      'read every file (granted from outside)',
      'write every file (granted from outside)',
    ];
    expect((await running.up()).permissions).toEqual(expect.arrayContaining(needless));
    for (const permission of needless) expect(running.stdout()).toContain(`  ${permission}\n`);
  });
});
