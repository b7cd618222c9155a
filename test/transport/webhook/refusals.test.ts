// What the webhook refuses, how it says so, and that it counts and logs it without a session's
// content.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, type RunningApp, SECRET, startTestApp } from '../../support/running-app.ts';
import { sendBytes } from '../server/listener.ts';

const BODY_MAX_BYTES = 4096;
const SESSION_MAX_BYTES = 8192;

let app: RunningApp;
beforeAll(async () => {
  const limits = { BODY_MAX_BYTES: `${BODY_MAX_BYTES}`, SESSION_MAX_BYTES: `${SESSION_MAX_BYTES}` };
  app = await startTestApp({
    ...limits,
    COGNIGY_WEBHOOK_SECRET: `${SECRET},another-accepted-secret`,
  });
});
afterAll(() => app.stop());

const session = () => `${app.webhook}/webhook/cognigy/session`;
const errors = (type: string) => app.metric(`cognigy_session_errors_total{error_type="${type}"}`);

describe('credentials', () => {
  test.each([
    ['X-API-Key', { 'X-API-Key': SECRET }],
    ['the second secret of a rotation', { 'X-API-Key': 'another-accepted-secret' }],
    ['X-Cognigy-Webhook-Token', { 'X-Cognigy-Webhook-Token': SECRET }],
    ['Authorization: ApiKey', { authorization: `ApiKey ${SECRET}` }],
    ['Authorization: Bearer', { authorization: `Bearer ${SECRET}` }],
    ['any case, stray white space', { authorization: `bearer   ${SECRET} ` }],
    ['a tab after the scheme', { authorization: `ApiKey\t${SECRET}` }],
    ['one right among wrong ones', { 'x-api-key': 'wrong', authorization: `Bearer ${SECRET}` }],
  ])('pass by %s', async (_what, headers) => {
    expect((await post(session(), { sessionId: 's' }, headers)).status).toBe(200);
  });

  test.each([
    ['none', {}, 401, 'unauthenticated'],
    ['an unknown scheme', { authorization: 'Basic dTpw' }, 401, 'unauthenticated'],
    ['an empty key', { 'x-api-key': ' ' }, 401, 'unauthenticated'],
    ['a wrong key', { 'x-api-key': `${SECRET}x` }, 401, 'wrong_credential'],
    ['a wrong token', { 'x-cognigy-webhook-token': 'wrong' }, 401, 'wrong_credential'],
    ['a wrong ApiKey', { authorization: 'ApiKey wrong' }, 401, 'wrong_credential'],
    ['a wrong Bearer', { authorization: 'Bearer wrong' }, 403, 'wrong_bearer'],
    ['a scheme as a header', { apikey: SECRET, bearer: SECRET }, 401, 'unauthenticated'],
    ['a header as a scheme', { authorization: `X-API-Key ${SECRET}` }, 401, 'unauthenticated'],
  ])('refuse %s', async (_what, headers, status, type) => {
    const before = await errors(type);
    const answer = await post(session(), { sessionId: 's' }, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      ...{ error: expect.any(String), code: 'unauthenticated', reason: type, details: [] },
    });
    expect(await errors(type)).toBe(before + 1);
    // Only what a credential would change is answered with how to present one.
    const challenge = status === 401 ? 'ApiKey realm="cognigy-session"' : null;
    expect(answer.headers.get('WWW-Authenticate')).toBe(challenge);
  });

  test('are needed on every route, known or not', async () => {
    for (const path of [
      '/webhook/cognigy/session',
      '/api/v1/state/s',
      '/debug/session/s',
      '/nowhere',
    ]) {
      expect((await get(app.webhook + path, {})).status).toBe(401);
    }
  });
});

describe('bodies', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['an empty body', '', '', /empty/],
    ['no JSON', '{"sessionId":', '', /not JSON/],
    ['an array', '[]', '', /JSON object, not an array/],
    ['a number', '1', '', /JSON object, not a number/],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), '', /UTF-8/],
    ['no sessionId', {}, '/sessionId', /required/],
    ['an empty sessionId', { sessionId: '' }, '/sessionId', /required/],
    [
      'a sessionId that is an object',
      { sessionId: {} },
      '/sessionId',
      /text or a number, not an object/,
    ],
    [
      'a sessionId of 513 characters',
      { sessionId: 'x'.repeat(513) },
      '/sessionId',
      /513 characters, the most is 512/,
    ],
    [
      'an id that JSON has rounded',
      '{"sessionId":12345678901234567891}',
      '/sessionId',
      /send it as a text/,
    ],
    ['an id that no double holds', '{"sessionId":1e999}', '/sessionId', /send it as a text/],
    ['half a character in the id', '{"sessionId":"\\ud800"}', '/sessionId', /well-formed/],
    [
      'a bad timestamp',
      { sessionId: 's', timestamp: 'soon' },
      '/timestamp',
      /"soon" is not RFC 3339/,
    ],
    [
      'half a character in a step',
      '{"sessionId":"s","history":[{"nodeId":"n"},{"nodeId":"\\ud800"}]}',
      '/history/1',
      /well-formed/,
    ],
    ['variables as a list', { sessionId: 's', variables: [1] }, '/variables', /not an array/],
    ['variables as other text', { sessionId: 's', variables: 'x=1' }, '/variables', /not JSON/],
    [
      'an object turned to text',
      { sessionId: 's', context: '[object Object]' },
      '/context',
      /send the object itself/,
    ],
    [
      'a number that no double holds',
      '{"sessionId":"s","context":{"a/b":[1e999]}}',
      '/context/a~1b',
      /out of range/,
    ],
    ['a negative execution', { sessionId: 's', execution: -1 }, '/execution', /whole number/],
    [
      'a removed key that is no text',
      { sessionId: 's', removedVariables: [1] },
      '/removedVariables/0',
      /text/,
    ],
  ])('refuses %s', async (_what, body, pointer, message) => {
    const before = await errors('invalid');
    const answer = await post(session(), body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: expect.stringMatching(message),
      code: 'invalid_argument',
    });
    if (pointer) expect(answer.body.details[0].pointer).toBe(pointer);
    expect(await errors('invalid')).toBe(before + 1);
  });

  test('takes what flow builders send by accident: text for numbers, numbers for text, nulls, nothing', async () => {
    const body = {
      sessionId: 12345,
      userId: null,
      variables: '',
      context: '{"a":1}',
      history: null,
      timestamp: { ISODate: '2024-06-15T10:03:00.123' },
      execution: '7',
    };
    expect((await post(session(), body)).status).toBe(200);
    const { body: restored } = await post(`${app.webhook}/webhook/cognigy/restore`, {
      sessionId: '12345',
    });
    expect(restored).toMatchObject({
      context: { a: 1 },
      timestamp: '2024-06-15T10:03:00.123',
      userId: '',
    });
  });

  test('refuses a body above the limit, announced or streamed, and stays usable', async () => {
    const body = JSON.stringify({ sessionId: 's', variables: { a: 'x'.repeat(BODY_MAX_BYTES) } });
    const announced = await post(session(), body);
    expect([announced.status, announced.body.code]).toEqual([413, 'resource_exhausted']);
    const streamed = await fetch(session(), {
      method: 'POST',
      headers: { 'x-api-key': SECRET },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    const { error } = (await streamed.json()) as { error: string };
    expect([streamed.status, error]).toEqual([413, expect.stringContaining('BODY_MAX_BYTES')]);
    expect((await post(session(), { sessionId: 's' })).status).toBe(200);
  });

  test('refuses an update that the session has no room for, and keeps the session', async () => {
    const fill = (key: string) =>
      post(session(), { sessionId: 'full', variables: { [key]: 'x'.repeat(2500) } });
    const statuses: number[] = [];
    for (const key of ['a', 'b', 'c', 'd', 'e']) statuses.push((await fill(key)).status);
    expect(statuses).toEqual([200, 200, 200, 413, 413]);
    // Replacing makes room again: the fold drops what was replaced.
    for (let time = 0; time < 5; time++) expect((await fill('a')).status).toBe(200);
    const { body } = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId: 'full' });
    expect([Object.keys(body.variables), body.outcome]).toEqual([['a', 'b', 'c'], 'intact']);
  });
});

describe('routes', () => {
  test('that are none of ours are 404, in JSON', async () => {
    expect(await get(`${app.webhook}/nothing`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    expect(await get(`${app.webhook}/api/v1/state/a/b/c`)).toMatchObject({ status: 404 });
  });

  test('with another method are 405 and say which one', async () => {
    const answer = await get(session());
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each(['/api/v1/state/%ff', '/api/v1/state/%', '/api/v1/state/s?revision=%ff'])(
    'with what is not percent-encoded UTF-8 are 400: %s',
    async (path) => {
      expect(await get(app.webhook + path)).toMatchObject({
        status: 400,
        body: { reason: 'invalid' },
      });
    },
  );

  test('with an id in bytes outside ASCII are 400', async () => {
    const head = `GET /api/v1/state/\xe41 HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\nConnection: close\r\n\r\n`;
    const { socket, closed } = sendBytes(new URL(app.webhook).host, '');
    socket.write(head, 'latin1');
    expect(await closed).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(['\ud800', { a: ['\udc00'] }, { '\ud83d': 1 }])(
    'with half a character in a value are 400: %j',
    async (value) => {
      for (const context of [{ value }, JSON.stringify({ value })]) {
        const answer = await post(session(), { sessionId: 's', context });
        expect(answer).toMatchObject({
          status: 400,
          body: { details: [{ pointer: '/context/value' }] },
        });
      }
    },
  );
});

test('RESTORE_BY_USER=off refuses a user alone and ignores one beside a session', async () => {
  const restricted = await startTestApp({ RESTORE_BY_USER: 'off' });
  const [at, userId] = [`${restricted.webhook}/webhook/cognigy`, 'user-1'];
  await post(`${at}/session`, { sessionId: 's', userId });
  expect(await post(`${at}/restore`, { userId })).toMatchObject({
    status: 403,
    body: { code: 'permission_denied' },
  });
  expect(await post(`${at}/restore`, { sessionId: 'other', userId })).toMatchObject({
    body: { found: false },
  });
  expect(await post(`${at}/restore`, { sessionId: 's', userId })).toMatchObject({
    body: { found: true },
  });
  await restricted.stop();
});
