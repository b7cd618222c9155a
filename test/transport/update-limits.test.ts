// How much one update may hold, to the last key, on each wire; and how it is refused.

import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { post, type RunningApp, startTestApp } from '../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const object = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);
const steps = (count: number) => Array.from({ length: count }, (_, i) => ({ nodeId: `n${i}` }));
/** An object of one key and so many values, the list of them included. */
const values = (count: number) => ({ a: Array(count - 1).fill(1) });

const LIMITS = [
  {
    field: 'variables',
    make: object,
    most: 2000,
    refusal: 'variables has 2001 keys, the most is 2000: send several updates',
  },
  {
    field: 'context',
    make: object,
    most: 2000,
    refusal: 'context has 2001 keys, the most is 2000: send several updates',
  },
  {
    field: 'removedVariables',
    make: keys,
    most: 2000,
    refusal: 'removedVariables has 2001 keys, the most is 2000: send several updates',
  },
  {
    field: 'removedContext',
    make: keys,
    most: 2000,
    refusal: 'removedContext has 2001 keys, the most is 2000: send several updates',
  },
  {
    field: 'history',
    make: steps,
    most: 1000,
    refusal: 'history has 1001 steps, the most is 1000: send several updates',
  },
];
const TOO_MANY_VALUES = ' has more than 50000 JSON values, which is the most: send several updates';

const tooLarge = () => app.metric('cognigy_session_errors_total{error_type="too_large"}');

describe('over the webhook', () => {
  const persist = (body: object) =>
    post(`${app.webhook}/webhook/cognigy/session`, { sessionId: 's', ...body });

  test.each(LIMITS)(
    '$field may have $most, as a value or as its text',
    async ({ field, make, most, refusal }) => {
      for (const form of [(value: unknown) => value, (value: unknown) => JSON.stringify(value)]) {
        expect((await persist({ [field]: form(make(most)) })).status).toBe(200);
        const before = await tooLarge();
        const { status, body } = await persist({ [field]: form(make(most + 1)) });
        expect(status).toBe(413);
        expect(body).toEqual({
          error: refusal,
          code: 'resource_exhausted',
          reason: 'too_large',
          details: [{ pointer: `/${field}`, message: refusal }],
        });
        expect(await tooLarge()).toBe(before + 1);
      }
    },
  );

  test('a body, or an object sent as a text, may have so many values', async () => {
    expect((await persist({ variables: values(49_000) })).status).toBe(200);
    expect((await persist({ variables: values(50_001) })).body.error).toBe(
      `the body${TOO_MANY_VALUES}`,
    );
    const text = JSON.stringify(values(50_001));
    expect((await persist({ variables: text })).body.error).toBe(`variables${TOO_MANY_VALUES}`);
  });
});

describe.each([
  ['Connect JSON', () => createConnectTransport({ baseUrl: app.rpc, httpVersion: '1.1' })],
  [
    'Connect in protobuf',
    () => createConnectTransport({ baseUrl: app.rpc, httpVersion: '1.1', useBinaryFormat: true }),
  ],
  ['gRPC', () => createGrpcTransport({ baseUrl: app.rpc })],
])('over %s', (_wire, transport) => {
  async function refusalOf(request: object): Promise<ConnectError> {
    const before = await tooLarge();
    const client = createClient(SessionService, transport());
    const error = await client.persist({ sessionId: 's', ...request }).then(
      () => new Error('it was accepted'),
      (thrown) => thrown,
    );
    if (!(error instanceof ConnectError)) throw error;
    expect(await tooLarge()).toBe(before + 1);
    return error;
  }

  test.each(LIMITS)('$field may have $most', async ({ field, make, most, refusal }) => {
    const client = createClient(SessionService, transport());
    await client.persist({ sessionId: 's', [field]: make(most) });
    const error = await refusalOf({ [field]: make(most + 1) });
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe(`/${field}: ${refusal}`);
  });

  test('steps are counted before each is looked at', async () => {
    const error = await refusalOf({ history: Array(1001).fill({}) });
    expect(error.code).toBe(Code.ResourceExhausted);
  });

  test('variables may have so many values', async () => {
    await createClient(SessionService, transport()).persist({
      sessionId: 's',
      variables: values(49_000),
    });
    const error = await refusalOf({ variables: values(50_001) });
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toContain(TOO_MANY_VALUES);
  });
});
