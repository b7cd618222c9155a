// What callers with names may do, on every way in, and what the audit log says of it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { SCOPES } from '../../src/session/caller.ts';
import { post, type RunningApp, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { type Client, METHODS, ROUTES, sessionId } from './access-table.ts';

const secretOf = (name: string) => `secret-of-the-caller-${name}`;

const CALLERS = [
  ...SCOPES.map((scope) => ({ name: scope, secrets: [secretOf(scope)], scopes: [scope] })),
  { name: 'shop-a', secrets: [secretOf('shop-a')], scopes: SCOPES, idPrefix: 'a:' },
  { name: 'changing', secrets: [secretOf('changing')], scopes: SCOPES, callsPerSecond: 0.01 },
  { name: 'slow', secrets: [secretOf('slow')], scopes: SCOPES, callsPerSecond: 0.01 },
];

let app: RunningApp;

beforeAll(async () => {
  const callers = JSON.stringify(CALLERS);
  app = await startTestApp({
    ...{ COGNIGY_WEBHOOK_SECRET: callers, RPC_TOKEN: callers },
    AUDIT_LOG: 'sensitive',
  });
});
afterAll(() => app.stop());

function clientOf(name: string, of: RunningApp = app) {
  const transport = createConnectTransport({
    ...{ baseUrl: of.rpc, httpVersion: '2' },
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${secretOf(name)}`);
        return next(request);
      },
    ],
  });
  return createClient(SessionService, transport);
}

/** What a call came to: `done`, or the code of its error. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return Code[ConnectError.from(error).code];
  }
}

describe('a caller has the rights of its secret, and no others', () => {
  test.each(Object.entries(METHODS))('RPC %s', async (_, { right, call }) => {
    await clientOf('save').persist({ sessionId });
    for (const scope of SCOPES) {
      expect(await codeOf(call(clientOf(scope))), scope).toBe(
        scope === right ? 'done' : Code[Code.PermissionDenied],
      );
    }
  });

  test.each(ROUTES)('%s: %s %s', async (right, method, path, body) => {
    await clientOf('save').persist({ sessionId });
    for (const scope of SCOPES) {
      const answer = await fetch(`${app.webhook}${path}`, {
        method,
        headers: { 'x-api-key': secretOf(scope) },
        ...(body && { body: JSON.stringify(body) }),
      });
      expect(answer.status, scope).toBe(scope === right ? 200 : 403);
      const { error } = (await answer.json()) as { error?: string };
      if (scope !== right) expect(error).toBe(`the caller ${scope} has no right to ${right}`);
    }
  });
});

test.each(ROUTES)(
  'an id that was not resolved is refused: %s: %s %s',
  async (right, method, path, body) => {
    const given = { method, headers: { 'x-api-key': secretOf(right) } };
    const answer = await fetch(
      `${app.webhook}${path.replace(/(state|session|users)\/(?!cognigy)[^/?]+/, '$1/%7B%7Bid%7D%7D')}`,
      body ? { ...given, body: JSON.stringify(body).replace(/:".*"/, ':"{{id}}"') } : given,
    );
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error?: string };
    expect(error).toMatch(/Id was not resolved: it holds a placeholder/);
  },
);

type JsonList = { sessions: { sessionId: string }[] };

describe('a caller with a prefix', () => {
  const ownHeaders = { 'x-api-key': secretOf('shop-a') };
  const save = (body: object) => post(`${app.webhook}/webhook/cognigy/session`, body, ownHeaders);

  test('names sessions and users of its own alone', async () => {
    expect((await save({ sessionId: 'a:1', userId: 'a:user' })).status).toBe(200);
    const other = await save({ sessionId: 'b:1' });
    expect([other.status, other.body.error]).toEqual([
      ...[403, 'the caller shop-a may only name ids that begin with a:'],
    ]);
    expect((await save({ sessionId: 'a:1', userId: 'b:user' })).status).toBe(403);
    expect(await codeOf(clientOf('shop-a').eraseUser({ userId: 'b:user' }))).toBe(
      Code[Code.PermissionDenied],
    );
  });

  test('does not see a session of another by a user of its own', async () => {
    const update = { sessionId: 'b:2', userId: 'a:shared' };
    await clientOf('save').persist(update);
    expect(await codeOf(clientOf('restore').restore({ userId: 'a:shared' }))).toBe('done');
    expect(await codeOf(clientOf('shop-a').restore({ userId: 'a:shared' }))).toBe(
      Code[Code.NotFound],
    );
    const { sessions } = await clientOf('shop-a').inspect({
      target: { case: 'userId', value: 'a:shared' },
    });
    expect(sessions).toEqual([]);
  });

  test('lists its own sessions alone', async () => {
    await clientOf('save').persist({ sessionId: 'b:listed' });
    await save({ sessionId: 'a:listed' });
    const { sessions } = await clientOf('shop-a').listSessions({ pageSize: 200 });
    const ids = sessions.map(({ sessionId: id }) => id);
    expect(ids).toContain('a:listed');
    expect(ids.filter((id) => !id.startsWith('a:'))).toEqual([]);
    await clientOf('save').persist({ sessionId: 'b:listed', userId: 'a:lister' });
    await save({ sessionId: 'a:listed', userId: 'a:lister' });
    const list = `${app.webhook}/api/v1/users/a:lister/sessions`;
    const listed = (await (await fetch(list, { headers: ownHeaders })).json()) as JsonList;
    expect(listed.sessions.map(({ sessionId: id }) => id)).toEqual(['a:listed']);
    expect(await codeOf(clientOf('shop-a').listSessions({ sessionIdPrefix: 'b:' }))).toBe(
      Code[Code.PermissionDenied],
    );
  });

  test('finds its own session by a user who has a newer one of another', async () => {
    const userId = 'a:older';
    await save({ sessionId: 'a:older', userId, timestamp: '2024-06-15T10:00:00Z' });
    await clientOf('save').persist({ sessionId: 'b:newer', userId });
    const { session } = await clientOf('shop-a').restore({ userId });
    expect(session?.sessionId).toBe('a:older');
  });

  test('erases a user with all sessions, and is not shown the names of others', async () => {
    const userId = 'a:erased';
    await save({ sessionId: 'a:erased', userId });
    await clientOf('save').persist({ sessionId: 'b:erased', userId });
    const erased = await clientOf('shop-a').eraseUser({ userId });
    expect(erased.sessions.map(({ sessionId }) => sessionId)).toEqual(['a:erased']);
    expect(erased.erased).toBe(2);
    expect(await codeOf(clientOf('restore').restore({ sessionId: 'b:erased' }))).toBe(
      Code[Code.NotFound],
    );
  });

  test('watches what it may see, and nothing else', async () => {
    const client = clientOf('shop-a');
    const watch = async (request: Parameters<Client['watch']>[0]) => {
      for await (const event of client.watch(request)) return event.sessionId;
    };
    const ofOther = { case: 'sessionId' as const, value: 'b:3' };
    expect(await codeOf(watch({ target: ofOther }))).toBe(Code[Code.PermissionDenied]);
    const user = { case: 'userId' as const, value: 'a:watched' };
    const resumeFrom = [{ sessionId: 'b:3', revision: 1, etag: '' }];
    expect(await codeOf(watch({ target: user, resumeFrom }))).toBe(Code[Code.PermissionDenied]);
    await clientOf('save').persist({ sessionId: 'a:3', userId: 'a:watched' });
    await clientOf('save').persist({ sessionId: 'b:3', userId: 'a:watched' });
    expect(await watch({ target: user })).toBe('a:3');
    expect(await codeOf(watch({ target: user, heartbeatMs: 1000 }))).toBe('done');
  });
});

test('a caller beyond its rate is refused, with the time to wait', async () => {
  const headers = { 'x-api-key': secretOf('slow') };
  const body = { sessionId: 'slow' };
  const url = `${app.webhook}/webhook/cognigy/restore`;
  expect((await post(url, body, headers)).status).toBe(200);
  const refused = await post(url, body, headers);
  expect([refused.status, refused.body.error]).toEqual([
    ...[503, 'the caller slow may make 0.01 calls a second'],
  ]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(90);
  expect(await app.metric('cognigy_session_errors_total{error_type="rate_limited"}')).toBe(1);
});

test('a caller has one rate on all listeners together', async () => {
  const client = clientOf('changing');
  expect(await codeOf(client.restore({ sessionId: 'slow' }))).toBe(Code[Code.NotFound]);
  const url = `${app.webhook}/webhook/cognigy/restore`;
  const headers = { 'x-api-key': secretOf('changing') };
  expect((await post(url, { sessionId: 'slow' }, headers)).body.reason).toBe('rate_limited');
});

test.each([
  ['whose secret is withdrawn', { secrets: [secretOf('newer')] }, Code.Unauthenticated],
  ['whose scope is withdrawn', { scopes: ['save'] }, Code.PermissionDenied],
  ['who may see other sessions now', { idPrefix: 'b:' }, Code.PermissionDenied],
])('a watch by a caller %s ends without another event', async (_, changed, code) => {
  const folder = mkdtempSync(join(tmpdir(), 'access-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'callers');
  const caller = { name: 'watcher', secrets: [secretOf('watcher')], scopes: ['save', 'restore'] };
  const others = { name: 'save', secrets: [secretOf('save')], scopes: ['save'] };
  writeFileSync(file, JSON.stringify([caller, others]));
  const own = await startTestApp({ RPC_TOKEN_FILE: file });
  onTestFinished(() => own.stop());
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const request = { target: { case: 'sessionId' as const, value: 'a:w' }, heartbeatMs: 1000 };
  const events = clientOf('watcher', own)
    .watch(request, { signal: ending.signal })
    [Symbol.asyncIterator]();
  expect((await events.next()).value?.event.case).toBe('reset');
  writeFileSync(file, JSON.stringify([{ ...caller, ...changed }, others]));
  await until('the new callers', () =>
    own.logged.some(({ message }) => message === 'a secret was replaced') ? true : undefined,
  );
  await clientOf('save', own).persist({ sessionId: 'a:w' });
  const next = async () => {
    for (let event = await events.next(); ; event = await events.next())
      if (event.value?.event.case !== 'heartbeat') return event;
  };
  expect(await codeOf(next())).toBe(Code[code]);
});

test('the audit log names caller, operation, log id and outcome, and no contents', async () => {
  const audited = () => app.logged.filter(({ message }) => message === 'audit');
  app.logged.length = 0;
  const client = clientOf('erase');
  await clientOf('save').persist({ sessionId: 'audited', variables: { secret: 1 } });
  await clientOf('inspect').explain({ sessionId: 'audited', pointer: '/variables/secret' });
  await client.erase({ sessionId: 'audited' });
  await codeOf(client.restore({ sessionId: 'audited' }));
  const headers = { 'x-api-key': secretOf('inspect') };
  const exported = await fetch(`${app.webhook}/api/v1/users/audited/export`, { headers });
  expect(await exported.json()).toMatchObject({ complete: true, isRedacted: false });
  await clientOf('inspect').listSessions({ userId: 'audited' });
  const session = expect.stringMatching(/^[0-9a-f]{12}$/);
  expect(audited()).toEqual([
    expect.objectContaining({ caller: 'inspect', operation: 'explain', session, outcome: 'found' }),
    expect.objectContaining({ caller: 'erase', operation: 'erase', session, outcome: 'found' }),
    expect.objectContaining({
      ...{ caller: 'erase', operation: 'restore', session, outcome: 'forbidden' },
    }),
    expect.objectContaining({
      ...{ caller: 'inspect', operation: 'export', user: session, outcome: 'complete' },
    }),
    expect.objectContaining({
      ...{ caller: 'inspect', operation: 'listSessions', user: session, outcome: 'done' },
    }),
  ]);
  expect(JSON.stringify(audited())).not.toContain('audited');
});
