// Locks, preconditions and earlier revisions, as a flow and a developer ask for them.

import { describe, expect, test } from 'vitest';
import { get, post, SECRET } from '../../support/running-app.ts';
import { send, startWebhookServer } from './webhook-server.ts';

describe('a body', () => {
  test('may name the lock that is held and the etag that is meant, under either name', async () => {
    const { persist, service } = await startWebhookServer();
    await persist({ sessionId: 'a', ifMatch: 'none', lockToken: '' });
    await persist({ sessionId: 'b', if_match: 'none', lock_token: 'token-of-22-characters' });
    await persist({ sessionId: 'c' });
    expect(service.commands).toMatchObject([
      { ifMatch: 'none', lockToken: '' },
      { ifMatch: 'none', lockToken: 'token-of-22-characters' },
      { ifMatch: '', lockToken: '' },
    ]);
  });

  test.each([
    ['/webhook/cognigy/session', {}, [409, 'conflict']],
    ['/webhook/cognigy/session', { ifMatch: 'none' }, [400, 'invalid']],
    ['/webhook/cognigy/session', { ifMatch: `"${'e'.repeat(20)}"` }, [409, 'conflict']],
    ['/webhook/cognigy/delete', {}, [409, 'conflict']],
    ['/webhook/cognigy/delete', { ifMatch: '' }, [409, 'conflict']],
  ])(
    'posted to %s, %j, has the etag of If-Match where it names none',
    async (path, body, expected) => {
      const { baseUrl, persist } = await startWebhookServer();
      if (path.endsWith('delete')) await persist({ sessionId: 's' });
      const headers = { 'x-api-key': SECRET, 'if-match': 'e'.repeat(20) };
      const answer = await post(`${baseUrl}${path}`, { sessionId: 's', ...body }, headers);
      expect([answer.status, answer.body.reason]).toEqual(expected);
    },
  );

  test.each<[Record<string, string>, string]>([
    [{ 'if-none-match': '"abc"' }, '/ifNoneMatch'],
    [{ 'if-none-match': '' }, '/ifNoneMatch'],
    [{ 'if-none-match': 'W/"abc"' }, '/ifNoneMatch'],
    [{ 'if-none-match': '*, "abc"' }, '/ifNoneMatch'],
    [{ 'if-none-match': '*', 'if-match': '*' }, '/ifMatch'],
    [{ 'if-none-match': '*', 'if-match': '"abc"' }, '/ifMatch'],
    [{ 'if-match': 'W/"abc"' }, '/ifMatch'],
    [{ 'if-match': '"abc", "def"' }, '/ifMatch'],
    [{ 'if-match': ' ' }, '/ifMatch'],
  ])('with the headers %j is refused, not stored regardless', async (headers, pointer) => {
    const { baseUrl, service } = await startWebhookServer();
    for (const path of ['/webhook/cognigy/session', '/webhook/cognigy/delete']) {
      const answer = await post(
        `${baseUrl}${path}`,
        { sessionId: 's' },
        { 'x-api-key': SECRET, ...headers },
      );
      expect([answer.status, answer.body.details[0].pointer]).toEqual([400, pointer]);
    }
    expect([service.commands, service.erases]).toEqual([[], []]);
  });

  test('If-None-Match: * is `none`, and on an erase no condition that makes sense', async () => {
    const { baseUrl, service } = await startWebhookServer();
    const headers = { 'x-api-key': SECRET, 'if-none-match': '*' };
    expect(
      (await post(`${baseUrl}/webhook/cognigy/session`, { sessionId: 's' }, headers)).status,
    ).toBe(200);
    expect(service.commands).toMatchObject([{ ifMatch: 'none' }]);
    expect(
      (await post(`${baseUrl}/webhook/cognigy/delete`, { sessionId: 's' }, headers)).status,
    ).toBe(400);
    for (const path of ['/api/v1/state/s', '/api/v1/users/u']) {
      expect((await send('DELETE', `${baseUrl}${path}`, headers)).status).toBe(400);
    }
    expect(service.erases).toEqual([]);
  });

  test.each([
    ['Identity', 200],
    ['IDENTITY', 200],
    ['gzip', 415],
    ['BR', 415],
  ])('in the coding %s is answered %d', async (coding, status) => {
    const { baseUrl } = await startWebhookServer();
    const headers = { 'x-api-key': SECRET, 'content-encoding': coding };
    expect(
      (await post(`${baseUrl}/webhook/cognigy/session`, { sessionId: 's' }, headers)).status,
    ).toBe(status);
  });

  test.each([
    [{}, undefined],
    [{ variables: null, context: '' }, undefined],
    [{ variables: 'null', context: null }, undefined],
    [{ variables: {}, context: '{}' }, []],
  ])('%j tells what is empty from what was not sent', async (parts, expected) => {
    const { persist, service } = await startWebhookServer();
    expect((await persist({ sessionId: 's', ...parts })).status).toBe(200);
    expect([service.commands[0]?.variables, service.commands[0]?.context]).toEqual([
      expected,
      expected,
    ]);
  });
});

describe('an earlier revision', () => {
  test.each([
    [undefined, 0],
    [null, 0],
    [0, 0],
    [7, 7],
    ['7', 7],
    [4_294_967_295, 4_294_967_295],
  ])('in the body of a restore, %j, is %d', async (revision, expected) => {
    const { baseUrl, service } = await startWebhookServer();
    await post(`${baseUrl}/webhook/cognigy/restore`, { sessionId: 's', revision });
    expect(service.restores).toMatchObject([{ sessionId: 's', revision: expected }]);
  });

  test.each([
    ['', 0],
    ['?revision=3', 3],
    ['?other=%zz&revision=3&revisions=4', 3],
    ['?', 0],
  ])('in the query string %s is %d', async (query, expected) => {
    const { baseUrl, persist, service } = await startWebhookServer();
    await persist({ sessionId: 's' });
    await get(`${baseUrl}/api/v1/state/s/restore${query}`);
    expect(service.restores).toMatchObject([{ sessionId: 's', userId: '', revision: expected }]);
    for (const path of ['/api/v1/state/s', '/debug/session/s']) {
      expect((await get(`${baseUrl}${path}${query}`)).body.revision).toBe(expected || 1);
    }
  });

  test.each([
    ...['-1', '1.5', 'x', '', '4294967296', '99999999999', '1e3', '%2b1', '0x1'],
    '1&revision=1',
  ])('that is no revision, %s, is refused', async (revision) => {
    const { baseUrl, persist, service, refused } = await startWebhookServer();
    await persist({ sessionId: 's' });
    for (const path of ['/api/v1/state/s/restore', '/api/v1/state/s', '/debug/session/s']) {
      const { status, body } = await get(`${baseUrl}${path}?revision=${revision}`);
      expect([status, body.code, body.details[0].pointer]).toEqual([
        400,
        'invalid_argument',
        '/revision',
      ]);
    }
    expect([service.restores, refused]).toEqual([[], ['invalid', 'invalid', 'invalid']]);
  });

  test.each([-1, 1.5, 'x', {}, [], true, 4_294_967_296])(
    'in a body, %j is refused',
    async (revision) => {
      const { baseUrl } = await startWebhookServer();
      const answer = await post(`${baseUrl}/webhook/cognigy/restore`, { sessionId: 's', revision });
      expect([answer.status, answer.body.details[0].pointer]).toEqual([400, '/revision']);
    },
  );
});

describe('inspect', () => {
  test('shows lock, tombstone, quarantine and the oldest revision, and no bytes', async () => {
    const { baseUrl, persist } = await startWebhookServer();
    await persist({ sessionId: 's' });
    const { body } = await get(`${baseUrl}/api/v1/state/s`);
    expect(body).toMatchObject({
      ...{ oldestRevision: 1, lockedUntil: '1970-01-01T00:00:03.000Z' },
      tombstone: { erasedAt: '1970-01-01T00:00:04.000Z', expiresAt: '1970-01-01T00:00:05.000Z' },
    });
    expect(body.quarantine).toEqual([
      {
        ...{
          name: 'snapshot:b',
          kind: 'snapshot',
          revision: 3,
          sizeBytes: 4,
          verdict: 'bad_length',
        },
        ...{ quarantinedAt: '1970-01-01T00:00:06.000Z', expiresAt: '1970-01-01T00:00:07.000Z' },
      },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/raw/i);
  });

  test('adds the bytes of what could not be read to whoever asks', async () => {
    const { baseUrl, persist } = await startWebhookServer();
    await persist({ sessionId: 's' });
    const { body } = await get(`${baseUrl}/debug/session/s?raw=true`);
    expect(body.frames.map(({ raw }: { raw?: string }) => raw)).toEqual([undefined, 'AQL/']);
    expect(body.quarantine[0].raw).toBe('AAAACQ==');
    expect(JSON.stringify((await get(`${baseUrl}/api/v1/state/s?raw=false`)).body)).not.toMatch(
      /raw/i,
    );
    const odd = await get(`${baseUrl}/api/v1/state/s?raw=1`);
    expect([odd.status, odd.body.details[0].pointer]).toEqual([400, '/raw']);
  });
});

describe('methods', () => {
  test.each([
    ['POST', '/api/v1/state/s', 'GET, DELETE'],
    ['HEAD', '/api/v1/state/s', 'GET, DELETE'],
    ['GET', '/api/v1/users/u', 'DELETE'],
    ['DELETE', '/api/v1/state/s/restore', 'GET'],
    ['DELETE', '/webhook/cognigy/delete', 'POST'],
  ])('%s %s is 405 and says which there are', async (method, path, allowed) => {
    const { baseUrl, refused } = await startWebhookServer();
    const { status, headers } = await send(method, baseUrl + path);
    expect([status, headers.get('allow')]).toEqual([405, allowed]);
    expect(refused).toEqual(['method_not_allowed']);
  });

  test('of one path are counted as one route, by its pattern', async () => {
    const { baseUrl, finished } = await startWebhookServer();
    await send('GET', `${baseUrl}/api/v1/state/s?revision=1`);
    await send('DELETE', `${baseUrl}/api/v1/state/s`);
    expect(finished).toEqual([
      { route: '/api/v1/state/{sessionId}', status: 404 },
      { route: '/api/v1/state/{sessionId}', status: 200 },
    ]);
  });
});
