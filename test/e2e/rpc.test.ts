// Internal services' view, on every store: a grpc-js client and buf curl against the whole service,
// beside a flow that posts to the webhook.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { DescMethod } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  FrameVerdict,
  Outcome,
  SessionService,
} from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { startReadyApp } from '../support/ready-apps.ts';
import { post, RPC_TOKEN, type RunningApp } from '../support/running-app.ts';
import { type Call, call, connectTo } from '../transport/rpc/grpc-js-client.ts';

const run = promisify(execFile);

const stores: [string, () => Record<string, string>][] = [
  ['SQLite', () => ({})],
  ['Redis', () => ({ STORE_URL: `redis://${address(inject('redisStandalone'))}` })],
  [
    'Redis Cluster',
    () => ({ STORE_URL: `redis+cluster://${inject('redisCluster').map(address).join(',')}` }),
  ],
];

function address({ host, port }: { host: string; port: number }): string {
  return `${host}:${port}`;
}

describe.each(stores)('on %s', (_store, settings) => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startReadyApp({ ...settings(), RPC_TOKEN, WRITE_FORMAT: '2' });
  });
  afterAll(() => app.stop());

  /** Calls a method with the token, or another. */
  function callOf<M extends DescMethod>(method: M, request: Call<M>['request'], token = RPC_TOKEN) {
    return call(connectTo(app.rpc.slice('http://'.length)), { method, request, token });
  }
  const { persist, restore, inspect } = SessionService.method;

  test('what a flow posts, a service restores; what a service persists, a flow restores', async () => {
    const [sessionId, userId] = [randomUUID(), randomUUID()];
    const variables = JSON.parse(
      '{"__proto__":{"x":1},"":null,"n":9007199254740991,"list":[false,0,""]}',
    );
    await post(`${app.webhook}/webhook/cognigy/session`, {
      sessionId,
      userId,
      flowId: 'main',
      variables,
      timestamp: 1_718_445_780,
    });
    const { session } = await callOf(restore, { sessionId });
    expect(JSON.stringify(session?.variables)).toBe(JSON.stringify(sorted(variables)));
    expect(session).toMatchObject({
      sessionId,
      userId,
      flowId: 'main',
      revision: 1,
      outcome: Outcome.INTACT,
      timestamp: '1718445780',
    });

    const history = [{ nodeId: 'agent', timestamp: '2024-06-15T10:05:00Z' }];
    const persisted = await callOf(persist, {
      sessionId,
      context: { agent: true },
      history,
      timestamp: '1718445790',
    });
    expect(persisted).toMatchObject({ revision: 2, known: false });
    const { body } = await post(`${app.webhook}/webhook/cognigy/restore`, { userId });
    expect(body).toMatchObject({
      sessionId,
      context: { agent: true },
      history,
      etag: persisted.etag,
      timestamp: 1_718_445_790,
    });
    expect(body.variables).toEqual(variables);
  });

  test('inspect shows each frame, and a user’s sessions', async () => {
    const [sessionId, userId] = [randomUUID(), randomUUID()];
    await callOf(persist, {
      sessionId,
      userId,
      variables: { a: 1 },
      sequence: 4n,
      timestamp: '1718445780',
    });
    await callOf(persist, {
      ...{ sessionId, removedVariables: ['a'], context: { b: {} } },
      ...{ replace: ['context'], timestamp: '1718445790' },
    });
    const { session } = await callOf(inspect, { target: { case: 'sessionId', value: sessionId } });
    expect(session?.frames).toMatchObject([
      {
        revision: 1,
        verdict: FrameVerdict.SOUND,
        variables: ['a'],
        stamp: { sequence: 4n },
        updates: 1,
      },
      {
        ...{ revision: 2, verdict: FrameVerdict.SOUND, context: ['b'], removedVariables: ['a'] },
        replaces: ['context'],
      },
    ]);
    expect(session?.frames.reduce((sum, { sizeBytes }) => sum + sizeBytes + 30, 0)).toBe(
      session?.deltaBytes,
    );
    expect(session?.incarnation).toMatch(/^[0-9a-f]+$/);
    const { sessions } = await callOf(inspect, { target: { case: 'userId', value: userId } });
    expect(sessions).toMatchObject([{ sessionId, revision: 2 }]);
  });

  test('refusals have gRPC codes', async () => {
    await expect(callOf(restore, { sessionId: randomUUID() })).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
    await expect(callOf(restore, {})).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(callOf(persist, { sessionId: 's', timestamp: 'soon' })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    await expect(callOf(restore, { sessionId: 's' }, 'wrong')).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });

  test('buf curl needs no schema', async () => {
    const sessionId = randomUUID();
    await callOf(persist, { sessionId, variables: { a: 1 } });
    const { stdout } = await run('node_modules/.bin/buf', [
      ...[
        'curl',
        '--http2-prior-knowledge',
        '--protocol',
        'grpc',
        '-H',
        `authorization: Bearer ${RPC_TOKEN}`,
      ],
      ...[
        '--data',
        JSON.stringify({ sessionId }),
        `${app.rpc}/cognigy.session.v1.SessionService/Inspect`,
      ],
    ]);
    expect(JSON.parse(stdout).session.state).toMatchObject({
      sessionId,
      variables: { a: 1 },
      outcome: 'OUTCOME_INTACT',
    });
  });
});

function sorted(object: Record<string, unknown>): unknown {
  const members = Object.keys(object).sort();
  return JSON.parse(
    `{${members.map((key) => `${JSON.stringify(key)}:${JSON.stringify(object[key])}`).join(',')}}`,
  );
}
