// What the image runs: the service and its commands, each in one file.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { beforeAll, expect, inject, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { logged, preloading, startProcess } from '../main/running-process.ts';
import { post } from '../support/running-app.ts';
import { madeBundle } from './made-bundle.ts';

const SECRET = 'a-secret-of-the-bundle-tests';
const PACKAGE = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

let folder: string;
let inputs: string[];
beforeAll(async () => {
  ({ folder, inputs } = await madeBundle());
});

/** Starts the bundled service. */
function start(environment: Record<string, string> = {}, nodeArguments: string[] = []) {
  const settings = { COGNIGY_WEBHOOK_SECRET: SECRET, ...environment };
  return startProcess(settings, { main: join(folder, 'main.cjs'), nodeArguments });
}

/** Runs a bundled command. */
function run(command: string, words: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, `${command}.cjs`), ...words],
    { encoding: 'utf8', env: environment },
  );
  return { code: status, stdout, stderr };
}

function redisUrl(): string {
  const { host, port } = inject('redisStandalone');
  return `redis://${host}:${port}`;
}

test.each([
  ['SQLite', () => ({})],
  ['Redis', () => ({ STORE_URL: redisUrl() })],
  ['Redis Cluster', () => ({ STORE_URL: clusterUrl() })],
])('the service keeps a session in %s, for webhook and gRPC', async (store, environment) => {
  const service = start(environment());
  const webhook = `http://${await service.address('webhook')}/webhook/cognigy`;
  const sessionId = `bundled-in-${store}`;
  const update = { sessionId, variables: { cartTotal: 42.5 } };
  const saved = await post(`${webhook}/session`, update, { 'x-api-key': SECRET });
  expect(saved).toMatchObject({ status: 200, body: { status: 'accepted' } });

  const transport = createGrpcTransport({ baseUrl: `http://${await service.address('rpc')}` });
  const client = createClient(SessionService, transport);
  const { session } = await client.restore({ sessionId });
  expect(session?.variables).toEqual({ cartTotal: 42.5 });
  await expect(client.restore({ sessionId: 'x'.repeat(1000) })).rejects.toThrow(/session_id/);

  service.child.kill('SIGTERM');
  expect(await service.exited).toBe(0);
});

function clusterUrl(): string {
  const nodes = inject('redisCluster').map(({ host, port }) => `${host}:${port}`);
  return `redis+cluster://${nodes.join(',')}`;
}

test('a stack trace names the files of the sources', async () => {
  // In the second start, which has a log.
  const mistake = `if (process.permission)
    process.constrainedMemory = () => { throw new TypeError('a mistake'); };`;
  const service = start({}, ['--enable-source-maps', ...preloading(mistake)]);
  const { error } = await logged(service, /^a bug ended the process$/);
  expect(error).toMatchObject({ name: 'TypeError', message: 'a mistake' });
  const { stack } = error as { stack: string };
  expect(stack).toMatch(/memoryLimitBytes .*\bsrc\/telemetry\/memory-limit\.ts:\d+/);
  expect(stack).not.toContain('main.cjs');
});

test('the commands are there', () => {
  expect(run('check-flows', ['examples/flows'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/2 files, 0 with problems/),
  });
  expect(run('repair', ['no-such-session'], { STORE_URL: redisUrl() })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/There is nothing to repair/),
  });
  expect(run('check-store', [], { STORE_URL: redisUrl() })).toMatchObject({
    stdout: expect.stringMatching(/ok +permissions .*The store is/s),
  });
  expect(run('import', ['--dry-run'], { STORE_URL: redisUrl() })).toMatchObject({
    stdout: expect.stringMatching(/nothing of a former service was found|An import would give/),
  });
  expect(run('encryption', [], { STORE_URL: redisUrl() })).toMatchObject({
    ...{ code: 0, stdout: expect.stringMatching(/sessions: \d+; frames that are encrypted: \d+/) },
  });
});

test('the licenses of all packages in it are there, and of no others', () => {
  const text = readFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  const sections = text.split(/^=+\n\n/m).slice(1);
  const titles = sections.map((section) => section.split('\n', 1)[0] ?? '');
  const packages = new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []));
  expect(titles.map((title) => title.split(' ')[0])).toEqual([...packages].sort());
  expect(packages).toContain('ioredis');
  expect(Object.keys(manifest.dependencies).filter((name) => !packages.has(name))).toEqual([]);
  for (const section of sections) expect(section).toMatch(/copyright.*(permission|license)/is);
  // The second license of @bufbuild/protobuf is in one of its files.
  expect(text).toContain('Neither the name of Google Inc. nor the names of its');
});

test('it is made of the sources, their packages and the manifest alone', () => {
  expect(inputs.filter((path) => !/^(src|node_modules)\/|^package\.json$/.test(path))).toEqual([]);
  const code = readdirSync(folder).filter((name) => name.endsWith('.cjs'));
  expect(code.sort()).toEqual([
    ...['check-flows.cjs', 'check-gateway.cjs', 'check-store.cjs', 'encryption.cjs', 'import.cjs'],
    ...['main.cjs', 'open-tracing.cjs', 'repair.cjs'],
  ]);
});
