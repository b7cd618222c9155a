// The node "Save session" against the service.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedisServer } from '../support/redis-server.ts';
import { post, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import type { Extension } from './built-extension.ts';
import { createFlow, nodeOf } from './flow.ts';
import { startLossyProxy } from './servers.ts';

/** What JSON has, and what is easily lost. */
const CONTEXT = {
  ...{
    orderId: 'ORD-99281',
    zero: 0,
    empty: '',
    no: false,
    nothing: null,
    list: [],
    deep: { a: [1] },
  },
};

/** Declares the tests of saving. */
export function describeSaving(extension: () => Extension): void {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startTestApp({ WRITE_FORMAT: '2' });
  });
  afterAll(() => app?.stop());

  const connection = () => ({ baseUrl: app.webhook, secret: SECRET });
  const stored = async (body: object) =>
    (await post(`${app.webhook}/webhook/cognigy/restore`, body)).body;

  test('saves the context with nothing but a Connection, as this session of this user', async () => {
    const flow = createFlow(extension(), { context: CONTEXT, profile: { email: 'a@b.example' } });
    const before = Date.now();
    await flow.run('saveSession', { connection: connection() });
    expect(flow.input.savedSession).toMatchObject({
      ...{ saved: true, status: 'accepted', durability: 'stored', revision: 1, known: false },
    });
    const { sessionId, userId } = flow.input;
    const session = await stored({ userId });
    expect(session).toMatchObject({ sessionId, userId, flowId: 'Refunds', variables: {} });
    expect(session.context).toEqual(CONTEXT);
    // Milliseconds: a later update of the same second is later.
    expect(session.timestamp).toBeGreaterThanOrEqual(before);
    expect(flow.logs).toEqual([{ level: 'debug', text: 'Save session: stored, revision 1' }]);
  });

  test('saves variables: the contact profile, or what the field says', async () => {
    const flow = createFlow(extension(), { context: CONTEXT, profile: { firstname: 'Ada' } });
    await flow.run('saveSession', { connection: connection(), store: 'variables' });
    const { sessionId } = flow.input;
    expect(await stored({ sessionId })).toMatchObject({
      ...{ variables: { firstname: 'Ada' }, context: {} },
    });
    for (const variables of [{ cartTotal: 42.5 }, '{"paid":true}'])
      await flow.run('saveSession', { connection: connection(), store: 'both', variables });
    expect(await stored({ sessionId })).toMatchObject({
      ...{ variables: { firstname: 'Ada', cartTotal: 42.5, paid: true }, context: CONTEXT },
    });
    const variables = '[object Object]';
    await flow.run('saveSession', { connection: connection(), store: 'both', variables });
    expect(flow.input.savedSession).toMatchObject({ saved: false, error: { reason: 'invalid' } });
  });

  test('keeps keys that it does not send, or removes them if the node says so', async () => {
    const flow = createFlow(extension(), { context: { a: 1, b: 1 } });
    await flow.run('saveSession', { connection: connection() });
    flow.context = { b: 2, c: 2 };
    const { sessionId } = flow.input;
    await flow.run('saveSession', { connection: connection(), contextKeys: ['c', ' '] });
    expect((await stored({ sessionId })).context).toEqual({ a: 1, b: 1, c: 2 });
    await flow.run('saveSession', { connection: connection(), replace: true });
    expect((await stored({ sessionId })).context).toEqual({ b: 2, c: 2 });
  });

  test('takes the defaults of fields that an earlier version did not have', async () => {
    const flow = createFlow(extension(), { context: CONTEXT, profile: { email: 'a@b.example' } });
    const { sessionId } = flow.input;
    const later = nodeOf(extension(), 'saveSession').fields.map(({ key }) => [key, undefined]);
    const fields = { ...Object.fromEntries(later), connection: connection(), sessionId };
    await flow.run('saveSession', fields);
    expect(flow.input.savedSession).toMatchObject({ saved: true });
    expect(await stored({ sessionId })).toMatchObject({ variables: {}, context: CONTEXT });
  });

  test('lets a session live as long as the node says', async () => {
    const flow = createFlow(extension(), { context: CONTEXT });
    await flow.run('saveSession', { connection: connection(), ttlSeconds: '172800' });
    const { ttlMs } = await stored({ sessionId: flow.input.sessionId });
    expect(ttlMs).toBeGreaterThan(172_700_000);
  });

  test('stores an update once whose answer is lost', async () => {
    const baseUrl = await startLossyProxy(app.webhook, 2);
    const flow = createFlow(extension(), { context: CONTEXT });
    await flow.run('saveSession', { connection: { baseUrl, secret: SECRET } });
    expect(flow.input.savedSession).toMatchObject({
      ...{ saved: true, attempts: 3, known: true, superseded: false, revision: 1 },
    });
  });

  test('does not save its own answers, nor what Cognigy has replaced by an error', async () => {
    const flow = createFlow(extension(), { context: { kept: 'as it was' } });
    const { sessionId } = flow.input;
    const fields = { connection: connection(), storeLocation: 'context' };
    await flow.run('saveSession', fields);
    await flow.run('restoreSession', fields);
    expect(flow.context).toMatchObject({
      savedSession: {},
      session: { context: { kept: 'as it was' } },
    });
    flow.context.kept = {
      error: 'Cannot add value to context for key kept: exceeded maximum context size.',
    };
    flow.context.other = { error: 'of the flow' };
    await flow.run('saveSession', { ...fields, replace: true });
    expect((await stored({ sessionId })).context).toEqual({
      ...{ kept: 'as it was', other: { error: 'of the flow' } },
    });
    expect(flow.logs).toContainEqual({
      ...{ level: 'warn', text: expect.stringMatching(/not saved, .* error .*: kept$/) },
    });
  });

  test('says that an update was dropped, since its session was erased', async () => {
    const flow = createFlow(extension(), { context: CONTEXT });
    const fields = { connection: connection(), updateId: `id-of-${flow.input.sessionId}` };
    await flow.run('saveSession', fields);
    await flow.run('eraseSession', { connection: connection() });
    await flow.run('saveSession', fields);
    expect(flow.input.savedSession).toMatchObject({ saved: false, status: 'dropped' });
    expect(flow.logs.at(-1)).toMatchObject({
      level: 'warn',
      text: expect.stringMatching(/dropped/),
    });
    expect(await stored({ sessionId: flow.input.sessionId })).toEqual({ found: false });
  });

  test('takes an update that the service spools for saved, and says so', async () => {
    const redis = await startRedisServer();
    const spooling = await startTestApp({
      ...{ STORE_URL: `redis://127.0.0.1:${redis.port}`, SPOOL: 'on', SPOOL_AFTER_MS: '200' },
      SPOOL_MAX_BYTES: '16777216',
    });
    try {
      const flow = createFlow(extension(), { context: CONTEXT });
      const fields = { connection: { baseUrl: spooling.webhook, secret: SECRET } };
      await until('a store', async () => {
        await flow.run('saveSession', fields);
        return (
          (flow.input.savedSession as { durability?: string }).durability === 'stored' || undefined
        );
      });
      await redis.kill();
      await flow.run('saveSession', fields);
      expect(flow.input.savedSession).toMatchObject({
        ...{ saved: true, status: 'accepted', durability: 'spooled', attempts: 1 },
      });
      expect(flow.logs.at(-1)).toMatchObject({
        level: 'info',
        text: expect.stringMatching(/disk/),
      });
    } finally {
      await spooling.stop();
      await redis.stop();
    }
  });
}
