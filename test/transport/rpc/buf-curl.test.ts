import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startRpcServer } from './rpc-server.ts';

const run = promisify(execFile);

async function bufCurl(...args: string[]): Promise<string> {
  const { stdout } = await run('node_modules/.bin/buf', ['curl', '--http2-prior-knowledge', ...args]);
  return stdout;
}

test.each([
  ['grpc-v1', 'grpc'],
  ['grpc-v1alpha', 'grpc'],
  ['grpc-v1', 'grpcweb'],
  ['grpc-v1', 'connect'],
])('buf curl calls by reflection %s over %s, without a schema', async (reflection, protocol) => {
  const { baseUrl } = await startRpcServer();
  const options = ['--protocol', protocol, '--reflect-protocol', reflection];
  const path = `${baseUrl}/cognigy.session.v1.SessionService`;

  const request = '{"sessionId":"session-1","variables":{"__proto__":{"a":1},"n":9007199254740991}}';
  const persisted = await bufCurl(...options, '--data', request, `${path}/Persist`);
  expect(JSON.parse(persisted)).toMatchObject({ sessionId: 'session-1', revision: 1 });

  const restored = await bufCurl(...options, '--data', '{"sessionId":"session-1"}', `${path}/Restore`);
  expect(JSON.parse(restored).session.variables).toEqual(
    JSON.parse('{"__proto__":{"a":1},"n":9007199254740991}'),
  );
});

test('buf curl lists the services and methods', async () => {
  const { baseUrl } = await startRpcServer();
  expect((await bufCurl('--list-services', baseUrl)).trim().split('\n').sort()).toEqual([
    'cognigy.session.v1.SessionService',
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
  ]);
  expect((await bufCurl('--list-methods', baseUrl)).split('\n')).toContain(
    'cognigy.session.v1.SessionService/Inspect',
  );
});
