// How the process starts, lives and ends as the first process of a container.

import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { publishConfigMap } from '../support/config-map.ts';
import { post } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { builtImage } from './built-image.ts';
import { podman } from './podman.ts';
import {
  type ContainerOptions,
  runContainer,
  SECRET,
  startContainer,
} from './running-container.ts';

const BODY = '{"sessionId":"image-session"}';
const NEXT_SECRET = 'the-next-secret-of-the-image-suite';

beforeAll(builtImage);

function onRedis(): Record<string, string> {
  const { host, port } = inject('redisStandalone');
  return { STORE_URL: `redis://${host}:${port}` };
}

/** A request of which the last byte is missing, once the service has begun to read it. */
async function hangingRequest(webhook: string): Promise<Socket> {
  const { hostname, port } = new URL(webhook);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const head = ['POST /webhook/cognigy/session HTTP/1.1', 'host: h', `x-api-key: ${SECRET}`];
  const body = ['expect: 100-continue', `content-length: ${BODY.length}`];
  socket.write(`${[...head, ...body].join('\r\n')}\r\n\r\n`);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
  socket.write(BODY.slice(0, -1));
  return socket;
}

test('SIGTERM ends the container with 0 once what is in flight is answered', async () => {
  const container = await startContainer({ environment: onRedis() });
  const socket = await hangingRequest(container.webhook);
  await container.signal('TERM');
  await until('it shuts down', async () => {
    const lines = await container.log();
    return lines.find(({ message }) => message === 'shutting down');
  });
  socket.write(BODY.slice(-1));
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
  expect(await container.exited).toBe(0);
  expect((await container.log()).at(-1)).toMatchObject({ message: 'shut down' });
});

test('a Secret that is exchanged in its mounted folder is followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  publishConfigMap(folder, { secret: SECRET });
  const environment = {
    ...onRedis(),
    COGNIGY_WEBHOOK_SECRET: '',
    COGNIGY_WEBHOOK_SECRET_FILE: '/secrets/secret',
  };
  const { webhook } = await startContainer({ environment, volumes: [`${folder}:/secrets:ro`] });
  const statusWith = async (secret: string) =>
    (await post(`${webhook}/webhook/cognigy/session`, BODY, { 'x-api-key': secret })).status;
  expect(await statusWith(SECRET)).toBe(200);
  expect(await statusWith(NEXT_SECRET)).toBe(401);
  publishConfigMap(folder, { secret: NEXT_SECRET });
  await until(
    'the next secret opens',
    async () => (await statusWith(NEXT_SECRET)) === 200 || undefined,
  );
  expect(await statusWith(SECRET)).toBe(401);
});

/** The arguments of the service's process. */
async function flagsOf(options: ContainerOptions): Promise<string[]> {
  const { name } = await startContainer(options);
  const pid = await podman('inspect', '--format={{.State.Pid}}', name);
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
}

test('what it may do is what its configuration needs', async () => {
  const flags = await flagsOf({ environment: onRedis() });
  expect(flags).toContain('--permission');
  expect(flags.filter((flag) => flag.startsWith('--allow-fs')).sort()).toEqual([
    '--allow-fs-read=/app/dist/',
    '--allow-fs-read=/proc/self/',
  ]);
});

test('Node denies it what its configuration does not need', async () => {
  const attempts = [
    "fs.readFileSync('/etc/passwd')",
    "fs.readdirSync('/app')",
    "fs.writeFileSync('/data/file', '')",
    "process.getBuiltinModule('child_process').execFileSync('/nodejs/bin/node', ['-v'])",
    "new (process.getBuiltinModule('worker_threads').Worker)('', { eval: true })",
  ];
  const tries = attempts.map(
    (attempt) => `try { ${attempt}; codes.push('done') } catch ({ code }) { codes.push(code) }`,
  );
  // Preloaded in the first start too, which is not restricted.
  const probe = `
    import fs from 'node:fs';
    if (process.permission) {
      const codes = [];
      ${tries.join('\n')}
      process.stdout.write(JSON.stringify(codes));
      process.exit();
    }`;
  const preloaded = ['--import', `data:text/javascript,${encodeURIComponent(probe)}`];
  const { stdout, stderr } = await runContainer({
    environment: { ...onRedis(), COGNIGY_WEBHOOK_SECRET: SECRET },
    command: [...preloaded, 'dist/main.cjs'],
  });
  expect(stdout, stderr).toBe(JSON.stringify(attempts.map(() => 'ERR_ACCESS_DENIED')));
});

test.each([
  [128, 64, 4],
  [256, 128, 8],
])('of %i MiB that a container has, %i may be old objects', async (memory, old, semiSpace) => {
  const flags = await flagsOf({ environment: onRedis(), memory: `${memory}m` });
  expect(flags).toContain(`--max-old-space-size=${old}`);
  expect(flags).toContain(`--max-semi-space-size=${semiSpace}`);
});

test('the container in which all of this is tried lets nothing be written', async () => {
  const folders = ['/', '/app', '/data', '/tmp', '/run', '/home/nonroot'];
  const attempt = `JSON.stringify(${JSON.stringify(folders)}.map((folder) => {
    try {
      return fs.writeFileSync(folder + '/file', '') ?? 'written';
    } catch (error) {
      return error.code;
    }
  }))`;
  const { stdout } = await runContainer({ command: ['--print', attempt] });
  expect(JSON.parse(stdout)).toEqual(folders.map(() => 'EROFS'));
});

test('settings that cannot be used end it with 78, and every one of them is said', async () => {
  const { code, stderr } = await runContainer({
    environment: { SESSION_TTL: 'soon', LOG_LEVEL: 'loud' },
  });
  expect(code).toBe(78);
  for (const name of ['SESSION_TTL', 'LOG_LEVEL', 'COGNIGY_WEBHOOK_SECRET'])
    expect(stderr).toContain(name);
});
