import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { RefusalInfoSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { startRpcServer } from './rpc-server.ts';

const run = promisify(execFile);

async function bufCurl(...args: string[]): Promise<string> {
  const { stdout } = await run('node_modules/.bin/buf', [
    'curl',
    '--http2-prior-knowledge',
    ...args,
  ]);
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

  const request =
    '{"sessionId":"session-1","variables":{"__proto__":{"a":1},"n":9007199254740991}}';
  const persisted = await bufCurl(...options, '--data', request, `${path}/Persist`);
  expect(JSON.parse(persisted)).toMatchObject({ sessionId: 'session-1', revision: 1 });

  const restored = await bufCurl(
    ...options,
    '--data',
    '{"sessionId":"session-1"}',
    `${path}/Restore`,
  );
  expect(JSON.parse(restored).session.variables).toEqual(
    JSON.parse('{"__proto__":{"a":1},"n":9007199254740991}'),
  );
});

test('buf curl takes a lock, and reads why the next one does not get it', async () => {
  const { baseUrl } = await startRpcServer();
  const path = `${baseUrl}/cognigy.session.v1.SessionService`;
  const request = '{"sessionId":"session-1","ttlMs":5000,"waitMs":0}';
  const held = JSON.parse(await bufCurl('--protocol', 'grpc', '--data', request, `${path}/Lock`));
  expect(held).toEqual({
    sessionId: 'session-1',
    token: expect.stringMatching(/^.{22}$/),
    ttlMs: 5000,
  });
  const refused = bufCurl('--protocol', 'grpc', '--data', request, `${path}/Lock`);
  const { stderr } = (await refused.catch((error: { stderr: string }) => error)) as {
    stderr: string;
  };
  const { code, details } = JSON.parse(stderr);
  expect([code, details[0].type]).toEqual(['already_exists', RefusalInfoSchema.typeName]);
  const info = fromBinary(RefusalInfoSchema, Uint8Array.fromBase64(details[0].value));
  expect(info).toMatchObject({ reason: 'locked', retryAfterMs: 1500 });
  const erased = await bufCurl(
    '--protocol',
    'connect',
    '--data',
    '{"sessionId":"session-1"}',
    `${path}/Erase`,
  );
  expect(JSON.parse(erased)).toMatchObject({
    session: { locked: true, pending: [{ kind: 'PENDING_ERASURE_KIND_LATE_UPDATES' }] },
  });
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
