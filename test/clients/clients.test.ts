// Clients that are not ours, against the whole service: each persists and restores what a program
// keeps, and reads from a refusal what to do about it.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { JsonObject } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type TestAuthority } from '../support/certificates.ts';
import { RPC_TOKEN, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import type { Client, ClientCall, ClientOutcome } from './client-call.ts';
import { bufCurlClient, curlClient, goClient, grpcurlClient } from './command-clients.ts';
import { webClient } from './web-client.ts';

const SERVICE = 'cognigy.session.v1.SessionService';
const REFUSAL_INFO = 'cognigy.session.v1.RefusalInfo';

/** Each is called in plain text and over TLS. */
const CLIENTS: Record<string, Client> = {
  'connect-go, gRPC': goClient('grpc'),
  'buf curl, gRPC': bufCurlClient('grpc'),
  'connect-go, Connect': goClient('connect'),
  'connect-go, Connect JSON': goClient('connect-json'),
  'connect-go, gRPC-Web': goClient('grpc-web'),
  'buf curl, gRPC-Web': bufCurlClient('grpcweb'),
  'buf curl, Connect': bufCurlClient('connect'),
  curl: curlClient,
};
/** Node's fetch takes no authority of ours, so these call in plain text. */
const WEB_CLIENTS: Record<string, Client> = {
  'connect-web, Connect': webClient('connect'),
  'connect-web, Connect by GET': webClient('connect by GET'),
  'connect-web, gRPC-Web': webClient('grpc-web'),
};

const VARIABLES: JsonObject = JSON.parse(
  '{"name":"Ada 漢","empty":"","none":null,"list":[1,2.5,true,{"deep":[[]]}],"large":9007199254740991}',
);

let authority: TestAuthority;
let plain: RunningApp;
let secure: RunningApp;
let descriptor: string;

beforeAll(async () => {
  authority = createAuthority();
  const { certPath, keyPath } = authority.issue('service');
  descriptor = join(authority.caPath, '../protos.binpb');
  execFileSync('node_modules/.bin/buf', ['build', '--as-file-descriptor-set', '-o', descriptor]);
  plain = await startTestApp({ RPC_TOKEN });
  secure = await startTestApp({
    RPC_TOKEN,
    ...{ RPC_TLS_CERT: certPath, RPC_TLS_KEY: keyPath },
    ...{ WEBHOOK_TLS_CERT: certPath, WEBHOOK_TLS_KEY: keyPath },
  });
});
afterAll(async () => {
  await Promise.all([plain.stop(), secure.stop()]);
  authority.remove();
});

type Listener = 'rpc' | 'webhook';

function callOf(client: Client, app: RunningApp, listener: Listener) {
  const credential: Record<string, string> =
    listener === 'rpc' ? { authorization: `Bearer ${RPC_TOKEN}` } : { 'x-api-key': SECRET };
  return (
    name: string,
    request: JsonObject,
    headers: ClientCall['headers'] = credential,
  ): Promise<ClientOutcome> => {
    const method = name.includes('/') ? name : `${SERVICE}/${name}`;
    const { caPath } = authority;
    return client({ url: app[listener], method, request, headers, caPath, descriptor });
  };
}

/** What every program does: keep a session, get it back, be refused. */
async function keepAndRestore(call: ReturnType<typeof callOf>) {
  const sessionId = randomUUID();
  const persisted = await call('Persist', { sessionId, variables: VARIABLES });
  expect(persisted.answer).toMatchObject({ sessionId, status: 'PERSIST_STATUS_ACCEPTED' });
  const restored = await call('Restore', { sessionId });
  expect(restored.answer).toEqual({
    session: expect.objectContaining({
      sessionId,
      outcome: 'OUTCOME_INTACT',
      variables: VARIABLES,
    }),
  });
  const missing = await call('Restore', { sessionId: randomUUID() });
  expect(missing).toMatchObject({
    code: 'not_found',
    details: { [REFUSAL_INFO]: { reason: 'not_found' } },
  });
  const invalid = await call('Persist', {});
  expect(invalid).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('session_id'),
    details: { [REFUSAL_INFO]: { reason: 'invalid' } },
  });
  const unknown = await call('Persist', { sessionId }, {});
  expect(unknown).toMatchObject({
    code: 'unauthenticated',
    details: { [REFUSAL_INFO]: { reason: 'unauthenticated' } },
  });
}

/** What is on the RPC listener alone. */
async function lockAndErase(call: ReturnType<typeof callOf>) {
  const sessionId = randomUUID();
  const { answer: held } = await call('Lock', { sessionId, ttlMs: 60_000, waitMs: 0 });
  expect(held).toMatchObject({ sessionId, ttlMs: 60_000 });
  const refused = await call('Lock', { sessionId, waitMs: 0 });
  expect(refused).toMatchObject({
    code: 'already_exists',
    details: { [REFUSAL_INFO]: { reason: 'locked', retryAfterMs: expect.any(Number) } },
  });
  expect(await call('Unlock', { sessionId, token: held?.token ?? '' })).toEqual({ answer: {} });
  const { answer } = await call('Erase', { sessionId });
  expect(answer).toMatchObject({ session: { sessionId } });
  const health = await call('grpc.health.v1.Health/Check', {});
  expect(health.answer).toEqual({ status: 'SERVING' });
}

describe.each(Object.entries({ ...CLIENTS, ...WEB_CLIENTS }))('%s', (_name, client) => {
  test('keeps and restores a session', () => keepAndRestore(callOf(client, plain, 'rpc')));
  test('locks, is refused, and erases', () => lockAndErase(callOf(client, plain, 'rpc')));
  test('keeps and restores a session by the webhook listener', () =>
    keepAndRestore(callOf(client, plain, 'webhook')));
});

describe.each(Object.entries(CLIENTS))('%s over TLS', (_name, client) => {
  test.each(['rpc', 'webhook'] as const)('keeps and restores a session by %s', (listener) =>
    keepAndRestore(callOf(client, secure, listener)),
  );
});

describe('grpcurl', () => {
  const byReflection = grpcurlClient({ byReflection: true });
  const byFile = grpcurlClient({ byReflection: false });

  test('locks, is refused, and erases, by reflection', async () => {
    await keepAndRestore(callOf(byFile, plain, 'rpc'));
    await lockAndErase(callOf(byReflection, plain, 'rpc'));
  });
  test('persists and restores over TLS', () => keepAndRestore(callOf(byFile, secure, 'rpc')));
  test('persists and restores by the webhook listener, with the protos in a file', () =>
    keepAndRestore(callOf(byFile, plain, 'webhook')));
});
