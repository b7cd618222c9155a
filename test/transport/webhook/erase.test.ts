// The routes that erase, and updates that come after an erase.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { post, SECRET } from '../../support/running-app.ts';
import { send, startWebhookServer } from './webhook-server.ts';

const COUNTS = { frames: 5, quarantined: 2, indexEntries: 1 };
const ERASED = { ...COUNTS, locked: false, durability: 'replicated' };
const LATE_UPDATES = { kind: 'late_updates', until: '1970-01-02T00:00:00.000Z' };

describe('POST /webhook/cognigy/delete', () => {
  test('erases the session that it names, and says what went and what may be on its way', async () => {
    const { baseUrl, service, persist } = await startWebhookServer();
    const { etag } = (await persist({ sessionId: 's', userId: 'u' })).body;
    const remove = (body: object) => post(`${baseUrl}/webhook/cognigy/delete`, body);
    const answer = await remove({
      sessionId: 's',
      userId: 'u',
      ifMatch: etag,
      updateId: 'erase-1',
    });
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 'erased', sessionId: 's', found: true, ...ERASED, pending: [LATE_UPDATES] },
    ]);
    expect((await remove({ session_id: 's', if_match: null, update_id: '' })).body).toMatchObject({
      found: false,
    });
    expect(service.erases).toMatchObject([
      { sessionId: 's', ifMatch: etag, updateId: 'erase-1', receipt: { monotonicMs: 42 } },
      { sessionId: 's', ifMatch: '', updateId: '' },
    ]);
  });

  test('told to erase all sessions, erases the user', async () => {
    const { baseUrl, persist } = await startWebhookServer();
    await persist({ sessionId: 'a', userId: 'u' });
    await persist({ sessionId: 'b', userId: 'other' });
    const posted = { sessionId: '', userId: 'u', allSessions: true };
    const { status, body } = await post(`${baseUrl}/webhook/cognigy/delete`, posted);
    const session = { sessionId: 'a', found: true, ...ERASED, pending: [LATE_UPDATES] };
    expect([status, body]).toEqual([
      200,
      {
        ...{ status: 'erasing', userId: 'u', sessions: [session], erased: 1, remaining: 3 },
        durability: 'stored',
        pending: [{ kind: 'user_index', until: '1970-01-01T00:00:02.000Z' }],
      },
    ]);
    expect((await send('GET', `${baseUrl}/api/v1/state/b`)).status).toBe(200);
  });

  test.each([
    [{}, '/sessionId'],
    [{ sessionId: null, userId: '' }, '/sessionId'],
    // What a body for one session is, once the expression for its id resolved to nothing.
    [{ userId: 'u' }, '/sessionId'],
    [{ userId: 'u', allSessions: 'true' }, '/sessionId'],
    [{ userId: 'u', allSessions: true, ifMatch: 'an-etag' }, '/ifMatch'],
    [{ sessionId: {} }, '/sessionId'],
  ])('refuses %j at %s, and erases nothing', async (body, pointer) => {
    const { baseUrl, persist, refused } = await startWebhookServer();
    await persist({ sessionId: 'a', userId: 'u' });
    const answer = await post(`${baseUrl}/webhook/cognigy/delete`, body);
    expect([answer.status, answer.body.details[0].pointer]).toEqual([400, pointer]);
    expect(refused).toEqual(['invalid']);
    expect((await send('GET', `${baseUrl}/api/v1/state/a`)).status).toBe(200);
  });
});

describe('DELETE /api/v1/state/{sessionId}', () => {
  test('erases the session in the path, with its etag in If-Match', async () => {
    const { baseUrl, service, persist } = await startWebhookServer();
    for (const sessionId of ['a b/c', 'ü']) {
      const { etag } = (await persist({ sessionId })).body;
      const url = `${baseUrl}/api/v1/state/${encodeURIComponent(sessionId)}`;
      const { status, body } = await send('DELETE', url, { 'if-match': ` ${etag} ` });
      expect([status, body]).toMatchObject([200, { status: 'erased', sessionId, found: true }]);
      expect(service.erases.at(-1)).toMatchObject({ sessionId, ifMatch: etag, updateId: '' });
      expect((await send('DELETE', url)).body).toMatchObject({ found: false });
      expect(service.erases.at(-1)).toMatchObject({ sessionId, ifMatch: '' });
    }
  });

  test('of another etag is 409 with the one that it met', async () => {
    const { baseUrl, persist, refused } = await startWebhookServer();
    const { etag } = (await persist({ sessionId: 's' })).body;
    const { status, body } = await send('DELETE', `${baseUrl}/api/v1/state/s`, {
      'if-match': '"other"',
    });
    expect([status, body]).toEqual([
      409,
      {
        ...{
          error: 'the session has another etag',
          code: 'aborted',
          reason: 'conflict',
          details: [],
        },
        ...{ etag, revision: 1 },
      },
    ]);
    expect(refused).toEqual(['conflict']);
  });

  test.each(['', ' '])('refuses an If-Match that is empty, as "%s"', async (header) => {
    const { baseUrl, service } = await startWebhookServer();
    const { status, body } = await send('DELETE', `${baseUrl}/api/v1/state/s`, {
      'if-match': header,
    });
    expect([status, body.details[0].pointer]).toEqual([400, '/ifMatch']);
    expect(service.erases).toEqual([]);
  });

  test('reads no body', async () => {
    const { baseUrl } = await startWebhookServer();
    const options = { method: 'DELETE', headers: { 'x-api-key': SECRET }, body: 'not JSON' };
    expect((await fetch(`${baseUrl}/api/v1/state/s`, options)).status).toBe(200);
  });
});

test('DELETE /api/v1/users/{userId} erases the user, and takes no etag', async () => {
  const { baseUrl, persist } = await startWebhookServer();
  await persist({ sessionId: 'a', userId: 'ü/ü' });
  const url = `${baseUrl}/api/v1/users/${encodeURIComponent('ü/ü')}`;
  expect(await send('DELETE', url, { 'if-match': 'abc' })).toMatchObject({ status: 400 });
  const { status, body } = await send('DELETE', url);
  expect([status, body]).toMatchObject([
    200,
    { userId: 'ü/ü', sessions: [{ sessionId: 'a', found: true }] },
  ]);
  const bad = await send('DELETE', `${baseUrl}/api/v1/users/%ff`);
  expect([bad.status, bad.body.details[0].pointer]).toEqual([400, '/userId']);
});

test('an update that was dropped has no place in the session', async () => {
  const { persist } = await startWebhookServer();
  const { status, body } = await persist({ sessionId: 's', updateId: 'erased' });
  expect([status, body]).toEqual([200, { status: 'dropped', sessionId: 's', known: false }]);
});

test('curl erases', async () => {
  const { baseUrl, persist } = await startWebhookServer();
  await persist({ sessionId: 's' });
  const options = ['--silent', '--show-error', '-X', 'DELETE', '-H', `X-API-Key: ${SECRET}`];
  const { stdout } = await promisify(execFile)('curl', [...options, `${baseUrl}/api/v1/state/s`]);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'erased', found: true });
});

test('no route erases without the credential', async () => {
  const { baseUrl, persist, service, refused } = await startWebhookServer();
  await persist({ sessionId: 's', userId: 'u' });
  const calls = [
    ['POST', '/webhook/cognigy/delete'],
    ['DELETE', '/api/v1/state/s'],
    ['DELETE', '/api/v1/users/u'],
  ] as const;
  for (const [method, path] of calls) {
    const body = method === 'POST' ? '{"sessionId":"s"}' : null;
    expect((await fetch(baseUrl + path, { method, body })).status).toBe(401);
    expect(
      (await fetch(baseUrl + path, { method, body, headers: { 'x-api-key': 'other' } })).status,
    ).toBe(401);
  }
  expect(refused).toHaveLength(6);
  expect(service.erases).toEqual([]);
  expect((await send('GET', `${baseUrl}/api/v1/state/s`)).status).toBe(200);
});
