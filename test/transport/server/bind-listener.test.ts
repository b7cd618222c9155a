import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isLoopback } from '../../../src/listen-address.ts';
import { echo, startListener } from './listener.ts';

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'listener-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'rpc.sock');
}

async function get(path: string): Promise<number | undefined> {
  const call = request({ socketPath: path, path: '/' });
  call.end();
  const [response] = await once(call, 'response');
  response.resume();
  return response.statusCode;
}

test('a listener says which port it was given, of IPv6 too', async () => {
  expect((await startListener(echo)).address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  const { address } = await startListener(echo, { listen: { host: '::1', port: 0 } });
  expect(address).toMatch(/^\[::1\]:[1-9]\d*$/);
});

test('a port in use is refused', async () => {
  const { address } = await startListener(echo);
  const port = Number(address.split(':')[1]);
  const second = startListener(echo, { listen: { host: '127.0.0.1', port } });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a unix socket serves, and is removed at shutdown', async () => {
  const path = await socketPath();
  const { server, address } = await startListener(echo, { listen: { path } });
  expect(address).toBe(`unix:${path}`);
  // An application beside the sidecar runs as another user.
  expect((await stat(path)).mode & 0o777).toBe(0o666);
  expect(await get(path)).toBe(200);
  await server.shutdown();
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a unix socket that a dead process left behind is replaced', async () => {
  const path = await socketPath();
  const script =
    'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))';
  expect(() => execFileSync(process.execPath, ['-e', script, path], { stdio: 'ignore' })).toThrow();
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENXIO' });
  await startListener(echo, { listen: { path } });
  expect(await get(path)).toBe(200);
});

test('a unix socket that answers is in use', async () => {
  const path = await socketPath();
  const other = createServer().listen(path);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  await expect(startListener(echo, { listen: { path } })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

test('a file that is no socket is left as it is', async () => {
  const path = await socketPath();
  await writeFile(path, 'precious');
  await expect(startListener(echo, { listen: { path } })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  expect(await readFile(path, 'utf8')).toBe('precious');
});

test('loopback is what only this machine reaches', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    expect(isLoopback({ host, port: 1 })).toBe(true);
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'sidecar']) {
    expect(isLoopback({ host, port: 1 })).toBe(false);
  }
  expect(isLoopback({ path: '/run/rpc.sock' })).toBe(true);
});
