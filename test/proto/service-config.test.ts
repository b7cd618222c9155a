// The service config of gRPC clients says what the documents say, and a real client that reads it
// repeats what may be repeated, and nothing else.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type ServiceConfig,
  sessionServiceConfig,
} from '../../proto/service-config/service-config.ts';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { codeSpans, pageTable } from '../readme/readme.ts';
import { startInterruptingProxy } from '../support/interrupting-proxy.ts';
import { type RunningApp, startTestApp } from '../support/running-app.ts';

const FILE = 'proto/cognigy/session/v1/session_service_grpc_service_config.json';
const text = readFileSync(FILE, 'utf8');
const config: ServiceConfig = JSON.parse(text);
const repeated = config.methodConfig.find(({ retryPolicy }) => retryPolicy);
const { lock, persist, restore } = SessionService.method;

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** A client that reads the config, behind a proxy that loses the first answer of each method. */
async function interruptedClient(grpcStatus: number) {
  const proxy = await startInterruptingProxy(app.rpc, () => true, grpcStatus);
  const client = new Client(proxy.address, credentials.createInsecure(), {
    'grpc.service_config': text,
  });
  onTestFinished(async () => {
    client.close();
    await proxy.stop();
  });
  return {
    call: <Method extends DescMethod>(method: Method, request: MessageInitShape<Method['input']>) =>
      new Promise<MessageShape<Method['output']>>((resolve, reject) => {
        client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: MessageInitShape<Method['input']>) =>
            Buffer.from(toBinary(method.input, create(method.input, message))),
          (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<Method['output']>,
          request,
          (error: ServiceError | null, answer?: MessageShape<Method['output']>) =>
            answer ? resolve(answer) : reject(error),
        );
      }),
    attempts: () => proxy.calls.map(({ method }) => method),
    timeouts: () => proxy.calls.map(({ timeout }) => timeout),
  };
}

test('the file is what `npm run generate` writes', () => {
  expect(config).toEqual(sessionServiceConfig());
});

test('each method without a stream is in it once, with a timeout', () => {
  const named = config.methodConfig.flatMap(({ name, timeout }) =>
    name.map(({ method }) => ({ method, timeout })),
  );
  const unary = SessionService.methods.filter(({ methodKind }) => methodKind === 'unary');
  expect(named.map(({ method }) => method).sort()).toEqual(unary.map(({ name }) => name).sort());
  for (const { timeout } of named) expect(timeout).toMatch(/^\d+s$/);
});

test('it repeats the methods of which the table of methods says that they may be repeated', () => {
  const unary = SessionService.methods.filter(({ methodKind }) => methodKind === 'unary');
  const rows = pageTable('services/rpc.md', 'method')
    .filter(([, , advice]) => /^(yes|with `update_id`)/.test(advice ?? ''))
    .flatMap(([method]) => codeSpans(method ?? ''))
    .filter((method) => unary.some(({ name }) => name === method));
  expect(repeated?.name.map(({ method }) => method).sort()).toEqual(rows.sort());
});

test('it repeats the codes of which the table of errors says that they are sent again', () => {
  const rows = pageTable('reference/errors.md', 'reason');
  const codes = rows.flatMap(([, , , code]) => codeSpans(code ?? ''));
  const never = rows.flatMap(([, , , code, repeat]) =>
    repeat === 'no' ? codeSpans(code ?? '') : [],
  );
  // Where another caller holds the lock, the service has waited already.
  const sentAgain = new Set(
    codes.filter((code) => !never.includes(code) && code !== 'already_exists'),
  );
  expect(
    repeated?.retryPolicy?.retryableStatusCodes.map((code) => code.toLowerCase()).sort(),
  ).toEqual([...sentAgain].sort());
});

test.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const)(
  'an update that was stored, and answered by %s, is repeated and stored once',
  async (code) => {
    const client = await interruptedClient(status[code]);
    const sessionId = randomUUID();
    const update = { sessionId, updateId: 'order-1', variables: { visits: 1 } };
    const answer = await client.call(persist, { ...update, ifMatch: 'none' });
    expect(answer).toMatchObject({ revision: 1, known: true });
    const { session } = await client.call(restore, { sessionId });
    expect(session).toMatchObject({ revision: 1, variables: { visits: 1 } });
    expect(client.attempts()).toEqual(['Persist', 'Persist', 'Restore', 'Restore']);
    // Of all attempts together.
    for (const timeout of client.timeouts())
      expect(timeout).toMatch(/^([1-4]?\d{1,3}|5000)m$|^5S$/);
  },
);

test('a lock that was acquired, and answered by UNAVAILABLE, is not acquired again', async () => {
  const client = await interruptedClient(status.UNAVAILABLE);
  const refused = client.call(lock, { sessionId: randomUUID(), ttlMs: 1000 });
  await expect(refused).rejects.toMatchObject({ code: status.UNAVAILABLE });
  expect(client.attempts()).toEqual(['Lock']);
});

test('what is refused for good is not repeated', async () => {
  const client = await interruptedClient(status.ABORTED);
  const refused = client.call(persist, { sessionId: randomUUID(), updateId: 'order-1' });
  await expect(refused).rejects.toMatchObject({ code: status.ABORTED });
  expect(client.attempts()).toEqual(['Persist']);
});
