// What Cognigy's flows post and get back, through real sockets.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post, type RunningApp, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const session = () => `${app.webhook}/webhook/cognigy/session`;
const sessionUpdate = () => `${app.webhook}/webhook/cognigy/session-update`;
const restore = async (body: unknown) =>
  (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;

describe('the two tutorial contracts', () => {
  test('the first one: variables and context, unix time', async () => {
    const sessionId = randomUUID();
    const body = {
      sessionId,
      userId: 'user-1',
      variables: { customerId: 'c-1', cartTotal: 42.5 },
      context: { step: 'payment' },
      timestamp: 1_718_445_780,
      flowId: 'checkout',
    };
    const answer = await post(session(), body);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 'accepted',
      sessionId,
      revision: 1,
      etag: expect.stringMatching(/^[0-9a-f]{20}$/),
      durability: 'stored',
      known: false,
    });
    const { lastUpdated, ttlMs, ...state } = await restore({ sessionId });
    expect(state).toEqual({
      found: true,
      ...body,
      history: [],
      revision: 1,
      etag: answer.body.etag,
      outcome: 'intact',
    });
    expect(Math.abs(Date.parse(lastUpdated) - Date.now())).toBeLessThan(10_000);
    expect(ttlMs).toBeGreaterThan(86_390_000);
    expect(ttlMs).toBeLessThanOrEqual(86_400_000);
  });

  test('the second one: context and history, ISO time', async () => {
    const sessionId = `sess_${randomUUID()}`;
    const body = {
      sessionId,
      context: { customerName: 'Alice', orderId: 'ORD-99281', intent: 'refund_request' },
      history: [
        { nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' },
        { nodeId: 'ask_order', timestamp: '2024-06-15T10:01:30Z' },
      ],
      timestamp: '2024-06-15T10:03:00Z',
      unknownField: 'ignored',
    };
    expect((await post(sessionUpdate(), body)).status).toBe(200);
    const { context, history, timestamp } = body;
    expect(await restore({ sessionId })).toMatchObject({
      found: true,
      context,
      history,
      timestamp,
      variables: {},
    });
  });

  test('either route takes either body, and later updates merge key by key', async () => {
    const sessionId = randomUUID();
    const history = [{ nodeId: 'start', timestamp: '2024-06-15T10:00:00Z' }];
    await post(sessionUpdate(), {
      sessionId,
      userId: 'u',
      variables: { a: 1, b: 1 },
      timestamp: 1_718_445_780,
    });
    await post(session(), {
      sessionId,
      history,
      variables: { b: 2 },
      timestamp: '2024-06-15T10:03:01Z',
    });
    expect(await restore({ sessionId })).toMatchObject({
      variables: { a: 1, b: 2 },
      history,
      userId: 'u',
    });
  });

  test('a late update changes nothing that is newer', async () => {
    const sessionId = randomUUID();
    await post(session(), {
      sessionId,
      variables: { a: 'new' },
      timestamp: '2024-06-15T10:05:00Z',
    });
    await post(session(), {
      sessionId,
      variables: { a: 'old', b: 'old' },
      timestamp: '2024-06-15T10:04:00Z',
    });
    expect(await restore({ sessionId })).toMatchObject({
      variables: { a: 'new', b: 'old' },
      timestamp: '2024-06-15T10:05:00Z',
      revision: 2,
    });
  });

  test('keys are removed by name', async () => {
    const sessionId = randomUUID();
    await post(session(), { sessionId, variables: { a: 1, b: null }, context: { c: 1 } });
    await post(session(), { sessionId, removedVariables: ['a'], removed_context: '["c"]' });
    expect(await restore({ sessionId })).toMatchObject({ variables: { b: null }, context: {} });
  });

  test('every JSON value comes back as it came', async () => {
    const sessionId = randomUUID();
    const values =
      '{"":0,"$":"","a.b":false,"n":null,"big":1e308,"integer":9007199254740991,' +
      '"__proto__":{"__proto__":[]},"constructor":{},"deep":[[{"x":[]}]],"emoji":"😀","nul":"\\u0000"}';
    await post(
      session(),
      `{"sessionId":"${sessionId}","variables":${values},"context":${JSON.stringify(values)}}`,
    );
    const response = await fetch(`${app.webhook}/webhook/cognigy/restore`, {
      method: 'POST',
      body: JSON.stringify({ sessionId }),
      headers: { 'x-api-key': 'a-secret-of-the-test-suite' },
    });
    const text = await response.text();
    const { variables, context } = JSON.parse(text);
    const sorted = (object: object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(variables)).toEqual(sorted(JSON.parse(values)));
    expect(sorted(context)).toEqual(sorted(JSON.parse(values)));
  });
});

describe('a retry', () => {
  test.each([
    ['an updateId', { updateId: 'u-1' }],
    ['an execution', { execution: 7, timestamp: 1_718_445_780 }],
    ['an inputId', { inputId: 'i-1', timestamp: 1_718_445_780 }],
  ])('with %s is the same update, even after newer ones', async (_what, identity) => {
    const sessionId = randomUUID();
    const body = { sessionId, variables: { a: 'first' }, ...identity };
    const first = await post(session(), body);
    await post(session(), { sessionId, variables: { a: 'second' } });
    const retried = await post(sessionUpdate(), body);
    expect(retried.body).toEqual({ ...first.body, known: true, superseded: true });
    expect(await restore({ sessionId })).toMatchObject({ variables: { a: 'second' }, revision: 2 });
  });
});
