import { get } from 'node:http';
import { Code, type ConnectError, createClient } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Health } from '../../../src/gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../../src/gen/grpc/reflection/v1/reflection_pb.ts';
import type { SessionMethodName } from '../../../src/transport/rpc/session-methods.ts';
import { grpcClient, grpcTransport, TRANSPORTS } from './clients.ts';
import { startRpcServer } from './rpc-server.ts';

const TOKENS = ['first-token', 'second-token-é'.slice(0, 12)];

function bearer(authorization: string) {
  return { headers: { authorization } };
}

async function codeOf(call: Promise<unknown>): Promise<Code | 'answered'> {
  return call.then(
    () => 'answered' as const,
    (error: ConnectError) => error.code,
  );
}

test('each of the tokens passes, trimmed, whatever the case of the scheme', async () => {
  const { baseUrl } = await startRpcServer({ tokens: TOKENS });
  const client = grpcClient(baseUrl);
  for (const authorization of [
    'Bearer first-token',
    'bearer second-token',
    'Bearer   first-token  ',
  ]) {
    expect(await codeOf(client.persist({ sessionId: 's' }, bearer(authorization)))).toBe(
      'answered',
    );
  }
});

describe.each(Object.keys(TRANSPORTS))('over %s', (name) => {
  test('a missing, malformed or wrong token is unauthenticated', async () => {
    const { baseUrl, service, refused } = await startRpcServer({ tokens: TOKENS });
    const client = createClient(
      SessionService,
      TRANSPORTS[name]?.(baseUrl) ?? grpcTransport(baseUrl),
    );
    for (const authorization of [
      '',
      'first-token',
      'Basic first-token',
      'Bearer first-toke',
      'Bearer',
    ]) {
      const headers = authorization ? { headers: { authorization } } : {};
      expect(await codeOf(client.persist({ sessionId: 's' }, headers))).toBe(Code.Unauthenticated);
    }
    expect(service.commands).toEqual([]);
    expect(refused).toEqual([
      'unauthenticated',
      'unauthenticated',
      'unauthenticated',
      'wrong_bearer',
      'unauthenticated',
    ]);
  });
});

test('every method is behind the token', async () => {
  const { baseUrl, refused, service } = await startRpcServer({ tokens: TOKENS });
  const client = grpcClient(baseUrl);
  const token = 'token-of-22-characters';
  const calls: Record<SessionMethodName, () => Promise<unknown>> = {
    persist: () => client.persist({ sessionId: 's' }),
    restore: () => client.restore({ sessionId: 's' }),
    touch: () => client.touch({ sessionId: 's' }),
    lock: () => client.lock({ sessionId: 's' }),
    unlock: () => client.unlock({ sessionId: 's', token }),
    erase: () => client.erase({ sessionId: 's' }),
    eraseUser: () => client.eraseUser({ userId: 'u' }),
    listSessions: () => client.listSessions({}),
    inspect: () => client.inspect({ target: { case: 'sessionId', value: 's' } }),
    timeline: () => client.timeline({ sessionId: 's' }),
    explain: () => client.explain({ sessionId: 's', pointer: '/userId' }),
  };
  for (const call of Object.values(calls)) expect(await codeOf(call())).toBe(Code.Unauthenticated);
  expect(refused).toEqual(Object.keys(calls).map(() => 'unauthenticated'));
  const { commands, restores, touches, locks, erases } = service;
  expect([commands, restores, touches, locks, erases].flat()).toEqual([]);
});

test('a refusal is logged with what helps to mend it, never with the value', async () => {
  const { baseUrl, lines } = await startRpcServer({ tokens: TOKENS });
  await codeOf(grpcClient(baseUrl).persist({ sessionId: 's' }, bearer('Bearer  wrong-secret')));
  expect(lines).toMatchObject([
    {
      level: 'warn',
      scheme: 'Bearer',
      receivedLength: 12,
      expectedLengths: [11, 12],
      hadWhiteSpace: true,
      service: 'cognigy.session.v1.SessionService',
    },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/wrong-secret|first-token|second-token/);
});

test('the token is checked before the body is read', async () => {
  const { server } = await startRpcServer({ tokens: TOKENS });
  const { request } = await import('node:http');
  const [host, port] = server.address.split(':');
  const call = request({
    ...{ host, port, method: 'POST', path: '/cognigy.session.v1.SessionService/Persist' },
    headers: { 'content-type': 'application/json', 'content-length': 1000 },
  });
  call.on('error', () => {});
  call.write('{');
  const status = await new Promise((resolve) =>
    call.on('response', (response) => resolve(response.statusCode)),
  );
  expect(status).toBe(401);
  call.destroy();
});

test.each([
  [true, 'answered'],
  [false, Code.Unauthenticated],
])(
  'on loopback: %s, reflection without a token is %s; health always answers',
  async (onLoopback, expected) => {
    const { baseUrl } = await startRpcServer({ tokens: TOKENS, onLoopback });
    const transport = grpcTransport(baseUrl);
    expect(await codeOf(createClient(Health, transport).check({}))).toBe('answered');
    const reflect = async () => {
      const asked = async function* () {
        yield { messageRequest: { case: 'listServices', value: '' } } as const;
      };
      for await (const answer of createClient(ServerReflection, transport).serverReflectionInfo(
        asked(),
      )) {
        expect(answer.messageResponse.case).toBe('listServicesResponse');
      }
    };
    expect(await codeOf(reflect())).toBe(expected);
    expect(await codeOf(createClient(SessionService, transport).restore({ sessionId: 's' }))).toBe(
      Code.Unauthenticated,
    );
  },
);

test('without tokens, everybody passes', async () => {
  for (const tokens of [undefined, []]) {
    const { baseUrl } = await startRpcServer(tokens ? { tokens } : {});
    expect(await codeOf(grpcClient(baseUrl).persist({ sessionId: 's' }))).toBe('answered');
  }
});

test('only the chosen methods are there', async () => {
  const { baseUrl } = await startRpcServer({ methods: ['persist', 'restore'] });
  const client = grpcClient(baseUrl);
  expect(await codeOf(client.persist({ sessionId: 's' }))).toBe('answered');
  expect(await codeOf(client.restore({ sessionId: 's' }))).toBe('answered');
  const others = [
    client.inspect({ target: { case: 'sessionId', value: 's' } }),
    client.lock({ sessionId: 's' }),
    client.unlock({ sessionId: 's', token: 'token-of-22-characters' }),
    client.erase({ sessionId: 's' }),
    client.eraseUser({ userId: 'u' }),
  ];
  for (const call of others) expect(await codeOf(call)).toBe(Code.Unimplemented);
});

describe('without a token, on loopback', () => {
  async function statusFor(
    host: string,
    more: Record<string, string> = {},
    tokens: readonly string[] = [],
  ): Promise<number> {
    const { address } = await startRpcServer({ tokens });
    const port = Number(address.split(':').at(-1));
    const query = 'connect=v1&encoding=json&message=%7B%22sessionId%22%3A%22s%22%7D';
    const path = `/cognigy.session.v1.SessionService/Restore?${query}`;
    const options = { host: '127.0.0.1', port, path, headers: { host, ...more } };
    return new Promise((resolve, reject) => {
      get(options, (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject);
    });
  }

  test.each([
    'localhost:28051',
    '127.0.0.1',
    '127.8.8.8:1',
    '[::1]:28051',
    'LOCALHOST',
    'app.localhost:80',
    'App.LocalHost',
    'localhost.',
  ])('a call of %s passes', async (host) => {
    expect(await statusFor(host)).toBe(404);
  });

  test.each([
    'evil.example',
    'evil.example:28051',
    '10.0.0.1',
    'localhost.evil.example',
    '[::2]:28051',
    'evillocalhost',
  ])('a web page that resolves %s to loopback is refused', async (host) => {
    expect(await statusFor(host)).toBe(403);
  });

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000' },
    { origin: 'http://localhost:28051.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:28051', 'sec-fetch-site': 'cross-site' },
  ])('a page of another origin, which sends %j, learns nothing', async (headers) => {
    expect(await statusFor('localhost:28051', headers)).toBe(403);
  });

  test.each([
    { origin: 'http://localhost:28051' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('a page of this origin, or none, which sends %j, passes', async (headers) => {
    expect(await statusFor('localhost:28051', headers)).toBe(404);
  });

  test('with a token, the page is let through that knows it', async () => {
    const headers = { origin: 'https://app.example', authorization: 'Bearer first-token' };
    expect(await statusFor('localhost:28051', headers, TOKENS)).toBe(404);
  });
});
