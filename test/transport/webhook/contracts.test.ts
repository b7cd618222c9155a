// What Cognigy's flows post and get back, through real sockets.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, type RunningApp, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const session = () => `${app.webhook}/webhook/cognigy/session`;
const sessionUpdate = () => `${app.webhook}/webhook/cognigy/session-update`;
const restore = async (body: unknown) => (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;

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
    await post(session(), { sessionId, history, variables: { b: 2 }, timestamp: '2024-06-15T10:03:01Z' });
    expect(await restore({ sessionId })).toMatchObject({ variables: { a: 1, b: 2 }, history, userId: 'u' });
  });

  test('a late update changes nothing that is newer', async () => {
    const sessionId = randomUUID();
    await post(session(), { sessionId, variables: { a: 'new' }, timestamp: '2024-06-15T10:05:00Z' });
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
      '"__proto__":{"__proto__":[]},"constructor":{},"deep":[[{"x":[]}]],"emoji":"😀","half":"\\ud83d"}';
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
    expect(retried.body).toEqual({ ...first.body, known: true });
    expect(await restore({ sessionId })).toMatchObject({ variables: { a: 'second' }, revision: 2 });
  });
});

describe('restore', () => {
  test('by user gives the newest live session, as after a page reload', async () => {
    const userId = randomUUID();
    const [older, newer] = [randomUUID(), randomUUID()];
    await post(session(), { sessionId: newer, userId, timestamp: 1_718_445_790, variables: { n: 2 } });
    await post(session(), { sessionId: older, userId, timestamp: 1_718_445_780, variables: { n: 1 } });
    expect(await restore({ userId })).toMatchObject({ found: true, sessionId: newer, variables: { n: 2 } });
    const both = await restore({ sessionId: randomUUID(), userId });
    expect(both).toMatchObject({ found: true, sessionId: newer });
    expect(await restore({ session_id: older, userId })).toMatchObject({ sessionId: older });
  });

  test('by user never gives a session that has become somebody else’s', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const sessionId = randomUUID();
    await post(session(), { sessionId, userId: first, timestamp: 1_718_445_780 });
    await post(session(), { sessionId, userId: second, timestamp: 1_718_445_781 });
    expect(await restore({ userId: first })).toEqual({ found: false });
    expect(await restore({ userId: second })).toMatchObject({ found: true, sessionId });
  });

  test('that finds nothing is no error for a flow, and 404 for a developer', async () => {
    expect(await restore({ sessionId: randomUUID() })).toEqual({ found: false });
    const missing = await get(`${app.webhook}/api/v1/state/${randomUUID()}/restore`);
    expect([missing.status, missing.body.error]).toEqual([404, 'No state available for restoration']);
  });

  test('is never stored by a cache', async () => {
    const { headers } = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId: 'none' });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('takes ids that do not fit a path, and percent-encoded ones that do', async () => {
    for (const sessionId of ['a@b+c/d?e#f', '+49 170', 'session-1.2e+12', '{*}[?]:\\', 'ü'.repeat(256)]) {
      await post(session(), { sessionId, variables: { at: sessionId } });
      expect(await restore({ sessionId })).toMatchObject({ sessionId, variables: { at: sessionId } });
      const path = await get(`${app.webhook}/api/v1/state/${encodeURIComponent(sessionId)}/restore`);
      expect(path.body).toMatchObject({ sessionId, variables: { at: sessionId } });
    }
  });
});

describe('inspect', () => {
  test('shows the state and every frame, on both tutorials’ routes', async () => {
    const sessionId = randomUUID();
    await post(session(), { sessionId, variables: { a: 1 }, timestamp: 1_718_445_780, execution: 3 });
    const { status, body } = await get(`${app.webhook}/api/v1/state/${sessionId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ sessionId, variables: { a: 1 }, outcome: 'intact', revision: 1 });
    expect(body.frames).toEqual([
      expect.objectContaining({ kind: 'delta', revision: 1, verdict: 'sound', variables: ['a'], updates: 1 }),
    ]);
    expect(body.frames[0].stamp).toMatchObject({ sequence: 3 });
    const debug = await get(`${app.webhook}/debug/session/${sessionId}`);
    expect(debug.body.frames).toEqual(body.frames);
  });

  test.each([
    ['/api/v1/state/none', 'State not found or expired'],
    ['/debug/session/none', 'Session not found or expired'],
  ])('of a missing session on %s is 404', async (path, error) => {
    const { status, body } = await get(app.webhook + path);
    expect([status, body]).toEqual([404, { error, code: 'not_found', details: [] }]);
  });
});

describe('Connect on the webhook listener', () => {
  const rpc = (method: string) => `${app.webhook}/cognigy.session.v1.SessionService/${method}`;
  const headers = { 'x-api-key': 'a-secret-of-the-test-suite', 'content-type': 'application/json' };

  test('serves Persist and Restore, behind the webhook’s credential', async () => {
    const sessionId = randomUUID();
    const persisted = await post(rpc('Persist'), { sessionId, variables: { a: 1 } }, headers);
    expect(persisted.body).toMatchObject({ sessionId, status: 'PERSIST_STATUS_ACCEPTED', revision: 1 });
    const restored = await post(rpc('Restore'), { sessionId }, headers);
    expect(restored.body.session).toMatchObject({ sessionId, variables: { a: 1 } });
    expect((await post(rpc('Restore'), { sessionId }, { 'content-type': 'application/json' })).status).toBe(
      401,
    );
  });

  test('is strict: a field that is none of the proto’s is refused by name', async () => {
    const { status, body } = await post(rpc('Persist'), { sessionId: 's', execution: 3 }, headers);
    expect([status, body.code]).toEqual([400, 'invalid_argument']);
    expect(body.message).toContain('execution');
  });

  test('serves nothing else', async () => {
    expect((await post(rpc('Inspect'), { sessionId: 'a' }, headers)).status).toBe(404);
  });
});
