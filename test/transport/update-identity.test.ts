// Which update is which, through real sockets: one that came by the webhook is repeated by gRPC and
// the other way round, and an id that is used again for something else is a conflict on both.

import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import {
  get,
  post,
  RPC_TOKEN,
  type RunningApp,
  SECRET,
  startTestApp,
} from '../support/running-app.ts';
import { call, connectTo, errorOf, refusalInfoOf } from './rpc/grpc-js-client.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ RPC_TOKEN });
});
afterAll(() => app.stop());

const { persist, inspect } = SessionService.method;
const save = (body: unknown) => post(`${app.webhook}/webhook/cognigy/session`, body);
const callPersist = (request: object) =>
  call(connectTo(new URL(app.rpc).host), { method: persist, request, token: RPC_TOKEN });

const UPDATE_ID = 'payment-4711';
const VARIABLES: JsonObject = {
  paid: true,
  sum: 1,
  lines: [{ price: 2.5, id: 'x', tags: {} }],
  none: null,
};
const TURNED: JsonObject = {
  none: null,
  lines: [{ tags: {}, id: 'x', price: 2.5 }],
  sum: 1.0,
  paid: true,
};

/** The same update in one way after the other; each answers what came of it. */
const WAYS: [string, (sessionId: string) => Promise<{ revision: number; known: boolean }>][] = [
  [
    'webhook',
    async (sessionId) =>
      (await save({ sessionId, updateId: UPDATE_ID, variables: VARIABLES })).body,
  ],
  [
    'webhook, keys turned round, other numbers and names, another time',
    async (sessionId) =>
      (
        await save(
          `{"session_id":"${sessionId}","timestamp":1718445600,"update_id":"${UPDATE_ID}","variables":` +
            '{"none":null,"lines":[{"tags":{},"id":"\\u0078","price":25e-1}],"sum":1.0,"paid":true}}',
        )
      ).body,
  ],
  [
    'webhook, an object as its JSON text',
    async (sessionId) =>
      (
        await save({
          sessionId,
          updateId: UPDATE_ID,
          variables: JSON.stringify(TURNED),
          context: {},
        })
      ).body,
  ],
  ['gRPC', (sessionId) => callPersist({ sessionId, updateId: UPDATE_ID, variables: VARIABLES })],
  [
    'gRPC, keys turned round, under a precondition',
    (sessionId) =>
      callPersist({ sessionId, updateId: UPDATE_ID, variables: TURNED, ifMatch: 'none' }),
  ],
  [
    'Connect',
    async (sessionId) => {
      const headers = { 'x-api-key': SECRET, 'content-type': 'application/json' };
      const body = { sessionId, updateId: UPDATE_ID, variables: TURNED };
      return (await post(`${app.webhook}/cognigy.session.v1.SessionService/Persist`, body, headers))
        .body;
    },
  ],
];

describe.each(WAYS)('an update that came by %s', (_way, send) => {
  test('is known whichever way it is repeated', async () => {
    const sessionId = randomUUID();
    expect((await send(sessionId)).revision).toBe(1);
    for (const [way, repeat] of WAYS)
      expect(await repeat(sessionId), way).toMatchObject({ revision: 1, known: true });
  });

  test('is in conflict with another under its id, by webhook and by gRPC, and stays as it is', async () => {
    const sessionId = randomUUID();
    await send(sessionId);
    const before = await app.metric('cognigy_session_errors_total{error_type="id_reused"}');
    const other = { sessionId, updateId: UPDATE_ID, variables: { ...VARIABLES, sum: 2 } };
    const refused = await save(other);
    expect(refused.status).toBe(409);
    expect(refused.headers.get('etag')).toBeNull();
    expect(refused.body).toEqual({
      error: expect.stringMatching(
        /^the updateId was used for another update of the session, revision 1; /,
      ),
      ...{ code: 'aborted', reason: 'id_reused', details: [], revision: 1 },
    });
    const error = await errorOf(callPersist(other));
    expect([error.code, refusalInfoOf(error)]).toMatchObject([
      status.ABORTED,
      { reason: 'id_reused', revision: 1, etag: '', retryAfterMs: 0 },
    ]);
    const counted = await app.metric('cognigy_session_errors_total{error_type="id_reused"}');
    expect(counted).toBe(before + 2);
    const { body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    expect([body.revision, body.variables]).toEqual([1, VARIABLES]);
  });
});

test('an answer says of a known update whether others came since', async () => {
  const sessionId = randomUUID();
  const update = { sessionId, updateId: UPDATE_ID, variables: VARIABLES };
  expect((await save(update)).body).not.toHaveProperty('superseded');
  expect((await save(update)).body).toMatchObject({ known: true, superseded: false });
  expect(await callPersist(update)).toMatchObject({ known: true, superseded: false });
  await save({ sessionId });
  expect((await save(update)).body).toMatchObject({ known: true, superseded: true });
  expect(await callPersist(update)).toMatchObject({ known: true, superseded: true });
});

test('an inspection counts the removed keys that are remembered', async () => {
  const sessionId = randomUUID();
  await save({ sessionId, removedVariables: ['a', 'b', 'b'], removedContext: ['c'] });
  const { body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
  expect(body.rememberedRemovals).toEqual({ variables: 2, context: 1 });
  const request = { target: { case: 'sessionId', value: sessionId } } as const;
  const client = connectTo(new URL(app.rpc).host);
  const { session } = await call(client, { method: inspect, request, token: RPC_TOKEN });
  expect(session?.rememberedRemovals).toMatchObject({ variables: 2, context: 1 });
});
