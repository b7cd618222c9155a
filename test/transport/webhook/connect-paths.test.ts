// Connect’s paths on the webhook listener.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebhookService } from '../../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import { post, type RunningApp, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe('Connect on the webhook listener', () => {
  const rpc = (method: string) => `${app.webhook}/cognigy.session.v1.SessionService/${method}`;
  const headers = { 'x-api-key': 'a-secret-of-the-test-suite', 'content-type': 'application/json' };

  test('serves Persist and Restore, behind the webhook’s credential', async () => {
    const sessionId = randomUUID();
    const persisted = await post(rpc('Persist'), { sessionId, variables: { a: 1 } }, headers);
    expect(persisted.body).toMatchObject({
      sessionId,
      status: 'PERSIST_STATUS_ACCEPTED',
      revision: 1,
    });
    const restored = await post(rpc('Restore'), { sessionId }, headers);
    expect(restored.body.session).toMatchObject({ sessionId, variables: { a: 1 } });
    expect(
      (await post(rpc('Restore'), { sessionId }, { 'content-type': 'application/json' })).status,
    ).toBe(401);
  });

  test('is strict: a field that is none of the proto’s is refused by name', async () => {
    const { status, body } = await post(rpc('Persist'), { sessionId: 's', execution: 3 }, headers);
    expect([status, body.code]).toEqual([400, 'invalid_argument']);
    expect(body.message).toContain('execution');
  });

  test('serves nothing else', async () => {
    for (const method of ['Inspect', 'Lock', 'Unlock', 'Erase', 'EraseUser']) {
      expect((await post(rpc(method), { sessionId: 'a' }, headers)).status).toBe(501);
    }
  });
});

describe('buf curl, with no schema', () => {
  const service = () => `${app.webhook}/${WebhookService.typeName}`;
  const key = ['--header', 'X-API-Key: a-secret-of-the-test-suite'];

  test.each(['connect', 'grpc', 'grpcweb'])(
    'saves, restores and deletes over %s',
    async (protocol) => {
      const sessionId = randomUUID();
      const options = [...key, '--reflect-header', '*', '--protocol', protocol];
      const call = async (method: string, body: object) =>
        JSON.parse(
          await bufCurl(...options, '--data', JSON.stringify(body), `${service()}/${method}`),
        );
      const body = {
        sessionId,
        flowName: 'f',
        context: { a: [1, null] },
        execution: 3,
        inputId: 'i',
      };
      expect(await call('Save', body)).toMatchObject({ status: 'accepted', revision: 1 });
      expect(await call('Save', body)).toMatchObject({ known: true, superseded: false });
      expect(await call('Restore', { session_id: sessionId })).toMatchObject({
        ...{ found: true, flowId: 'f', context: { a: [1, null] }, outcome: 'intact' },
        ttlMs: expect.any(Number),
      });
      expect(await call('Delete', { sessionId })).toMatchObject({ status: 'erased', frames: 1 });
      expect(await call('Restore', { sessionId })).toEqual({ found: false });
    },
  );

  test('lists what the port has, and nothing without the credential', async () => {
    const options = [...key, '--reflect-header', '*', '--list-methods'];
    expect((await bufCurl(...options, app.webhook)).split('\n')).toContain(
      'cognigy.webhook.v1.WebhookService/Save',
    );
    const refused = bufCurl('--list-methods', app.webhook).catch(({ stderr }) => stderr);
    expect(await refused).toMatch(/not authenticated/);
  });
});

test('a refusal on a Connect path is logged with the names in its body, never the values', async () => {
  const path = `${app.webhook}/${WebhookService.typeName}/Save`;
  const headers = { 'x-api-key': 'a-secret-of-the-test-suite', 'content-type': 'application/json' };
  const refused = await post(path, { sessionId: 'undefined', context: { pin: '1234' } }, headers);
  expect(refused.status).toBe(400);
  const lines = app.logged.filter(({ message }) => message === 'webhook request refused');
  expect(lines.at(-1)).toMatchObject({
    ...{ route: '/cognigy.webhook.v1.WebhookService/Save', reason: 'invalid' },
    fields: ['sessionId', 'context'],
  });
  expect(JSON.stringify(lines)).not.toContain('1234');
});

test('an answer is the same text by either name', async () => {
  const sessionId = randomUUID();
  const connect = `${app.webhook}/${WebhookService.typeName}`;
  const webhook = `${app.webhook}/webhook/cognigy`;
  const headers = { 'x-api-key': 'a-secret-of-the-test-suite', 'content-type': 'application/json' };
  const variables = { z: '😀', 10: 1, a: [], '\u0000': null };
  await post(`${connect}/Save`, { sessionId, variables }, headers);
  const texts = [`${connect}/Restore`, `${webhook}/restore`].map(async (url) => {
    const body = JSON.stringify({ sessionId });
    const text = await (await fetch(url, { method: 'POST', headers, body })).text();
    return text.replace(/"ttlMs":\d+/, '');
  });
  const [first = '', second] = await Promise.all(texts);
  expect(first).toContain('"history":[]');
  expect(first).toBe(second);
});

test('an etag is a header on Connect paths too, and a precondition', async () => {
  const path = `${app.webhook}/${WebhookService.typeName}`;
  const headers = { 'x-api-key': 'a-secret-of-the-test-suite', 'content-type': 'application/json' };
  const sessionId = randomUUID();
  const saved = await post(`${path}/Save`, { sessionId }, { ...headers, 'if-none-match': '*' });
  expect(saved.headers.get('etag')).toBe(`"${saved.body.etag}"`);
  expect(saved.headers.get('cache-control')).toBe('no-store');
  const again = await post(`${path}/Save`, { sessionId }, { ...headers, 'if-none-match': '*' });
  expect([again.status, again.body.code]).toEqual([409, 'aborted']);
  const erased = await post(
    `${path}/Delete`,
    { sessionId },
    { ...headers, 'if-match': `"${saved.body.etag}"` },
  );
  expect(erased.body).toMatchObject({ status: 'erased', found: true });
});

async function bufCurl(...args: string[]): Promise<string> {
  const all = ['curl', '--http2-prior-knowledge', ...args];
  return (await promisify(execFile)('node_modules/.bin/buf', all)).stdout;
}
