import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFolder, logged, preloading, startProcess } from './running-process.ts';

test('every problem is a line on standard error, and the exit code says that it is the configuration', async () => {
  const running = startProcess({
    SESSION_TTL: 'soon',
    LOG_LEVEL: 'loud',
    WEBHOOK_LISTEN: '0.0.0.0:8080',
    RPC_TOKEN: 'hunter2',
    SESION_TTL: '1h',
  });
  expect(await running.exited).toBe(78);
  expect(running.stdout()).toBe('');
  expect(running.stderr().split('\n')).toEqual([
    expect.stringMatching(/^RPC_TOKEN must be .*; secret 1 of 1 has 7 characters$/),
    expect.stringMatching(/^SESSION_TTL must be .*; not "soon"$/),
    expect.stringMatching(/^LOG_LEVEL must be .*; not "loud"$/),
    expect.stringMatching(/^WEBHOOK_LISTEN .* needs COGNIGY_WEBHOOK_SECRET$/),
    'SESION_TTL is not a setting; SESSION_TTL is',
    '',
  ]);
});

test('a name that comes close to a setting is warned of in the log', async () => {
  const running = startProcess({ STORE_URI: 'redis://h' });
  const line = await logged(running, /looks like a setting/);
  expect(line).toMatchObject({
    level: 'warn',
    warning: 'STORE_URI is not a setting; STORE_URL is',
  });
});

test.each([
  ['/dev/null/data', 'ENOTDIR'],
  ['/proc/data', 'ENOENT'],
  ['/proc/a/data', 'ENOENT'],
])(
  'a data folder that cannot be made (%s) is a problem of the configuration',
  async (path, code) => {
    const running = startProcess({ DATA_DIR: path });
    expect(await running.exited).toBe(78);
    expect(running.stderr()).toMatch(
      new RegExp(`^DATA_DIR must be a folder that can be created: ${code}.*\\n$`),
    );
  },
);

test('an older Node is refused, with how to get the right one', async () => {
  const older =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.11.0' } })";
  const running = startProcess({}, { nodeArguments: preloading(older) });
  expect(await running.exited).toBe(78);
  expect(running.stderr()).toMatch(/^Node 26 or newer is needed.*npm ci && npm start.*\n$/);
});

test('a listener that something else has is one clear line, and the end', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const running = startProcess({ ADMIN_LISTEN: `127.0.0.1:${port}` });
  expect(await running.exited).toBe(1);
  expect(running.stdout()).toBe('');
  expect(running.log()).toMatchObject([
    {
      level: 'error',
      message: `ADMIN_LISTEN cannot listen on port ${port} of 127.0.0.1: the address is in use by another process`,
      code: 'EADDRINUSE',
    },
  ]);
});

test.each([
  [
    'the host',
    'RPC_LISTEN',
    'no-such-host.invalid:0',
    // Also where there is no network: then no name server is reached.
    'no-such-host.invalid: (the host is not known|no name server answers for the host)$',
  ],
  ['the address', 'ADMIN_LISTEN', '192.0.2.1:0', '192.0.2.1: this machine has no such address'],
  [
    'the folder',
    'RPC_LISTEN',
    'unix:/no/such/folder.sock',
    '/no/such/folder.sock: .* the folder is missing',
  ],
])(
  'a listener is named by its setting where %s is not there',
  async (_what, name, value, reason) => {
    const running = startProcess({
      RPC_TOKEN: 'a-token-of-the-test-suite',
      RPC_PLAINTEXT: 'anywhere',
      // Name servers that do not answer are not waited for.
      RES_OPTIONS: 'timeout:1 attempts:1',
      [name]: value,
    });
    expect(await running.exited).toBe(1);
    const { message } = running.log().at(-1) ?? {};
    expect(message).toMatch(new RegExp(`^${name} cannot listen on ${reason}`));
  },
);

test('a socket left behind by a process that was killed is taken over', async () => {
  const folder = createFolder();
  const path = join(folder, 'rpc.sock');
  const killed = startProcess({ RPC_LISTEN: `unix:${path}` }, { folder });
  await killed.address('webhook');
  killed.child.kill('SIGKILL');
  await killed.exited;
  const next = startProcess({ RPC_LISTEN: `unix:${path}` }, { folder });
  expect(await next.address('rpc')).toBe(`unix:${path}`);
});
