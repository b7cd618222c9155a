// The npm package of generated code, as its user meets it: installed from the packed file into an
// empty project, where the program of its README is type-checked and calls the whole service.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNpmPackage } from '../../.ci/release/npm-package.ts';
import manifest from '../../package.json' with { type: 'json' };
import { documentBlocks } from '../readme/readme.ts';
import { type RunningApp, startTestApp } from '../support/running-app.ts';

const COMMAND_MAX_MS = 120_000;
const { dependencies, devDependencies } = manifest;
const CONNECT = [
  `@connectrpc/connect@${dependencies['@connectrpc/connect']}`,
  `@connectrpc/connect-node@${devDependencies['@connectrpc/connect-node']}`,
];
const TYPES = [`@types/node@${devDependencies['@types/node']}`];
const STRICT = ['--strict', '--noEmit', '--module', 'nodenext', '--types', 'node'];
const OTHER_ENTRIES = `
import { WebhookService } from 'cognigy-session-sidecar-client/webhook';
import config from 'cognigy-session-sidecar-client/service-config.json' with { type: 'json' };
console.log(WebhookService.typeName, config.methodConfig.length > 0);
`;

const folder = mkdtempSync(join(tmpdir(), 'npm-package-'));
const packageFolder = join(folder, 'package');
const run = async (cwd: string, program: string, ...words: string[]) => {
  const env = { ...process.env, RPC: app.rpc };
  try {
    return await promisify(execFile)(program, words, { cwd, env, timeout: COMMAND_MAX_MS });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${words.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
};

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
  writeNpmPackage(packageFolder);
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

test('its README is run in an empty project', async () => {
  const { stdout } = await run(
    packageFolder,
    'npm',
    'pack',
    '--json',
    '--pack-destination',
    folder,
  );
  const [packed] = [Object.values(JSON.parse(stdout))].flat() as {
    filename: string;
    version: string;
    files: { path: string }[];
  }[];
  expect(packed?.version).toBe(manifest.version);
  expect(packed?.files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json']),
  );
  const user = mkdtempSync(join(folder, 'user-'));
  writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }');
  const tarball = join(folder, packed?.filename ?? '');
  await run(user, 'npm', 'install', '--prefer-offline', tarball, ...CONNECT, ...TYPES);
  const program = documentBlocks(join(packageFolder, 'README.md')).find(
    ({ language }) => language === 'ts',
  );
  writeFileSync(join(user, 'main.ts'), `${program?.text}${OTHER_ENTRIES}`);
  await run(user, resolve('node_modules/.bin/tsc'), ...STRICT, 'main.ts');
  const ran = await run(user, process.execPath, 'main.ts');
  expect(ran.stdout).toBe('ORD-99281 1\ncognigy.webhook.v1.WebhookService true\n');
});
