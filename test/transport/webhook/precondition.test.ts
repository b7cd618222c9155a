// Preconditions as HTTP has them, over a real service.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, type RunningApp, SECRET, startTestApp } from '../../support/running-app.ts';
import { send } from './webhook-server.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('If-None-Match: * is for no session, If-Match: * for any, and the answers have the etag in a header', async () => {
  const sessionId = randomUUID();
  const url = `${app.webhook}/api/v1/state/${sessionId}`;
  const save = (headers: Record<string, string>) =>
    post(
      `${app.webhook}/webhook/cognigy/session`,
      { sessionId },
      { 'x-api-key': SECRET, ...headers },
    );
  const positionOf = ({ status, body, headers }: Awaited<ReturnType<typeof save>>) => [
    status,
    body.revision,
    headers.get('etag'),
  ];
  expect(positionOf(await save({ 'if-match': '*' }))).toEqual([409, 0, null]);
  expect((await send('DELETE', url, { 'if-match': '*' })).status).toBe(409);
  const first = await save({ 'if-none-match': '*' });
  expect(positionOf(first)).toEqual([200, 1, `"${first.body.etag}"`]);
  expect(positionOf(await save({ 'if-none-match': '*' }))).toEqual([
    409,
    1,
    `"${first.body.etag}"`,
  ]);
  const second = await save({ 'if-match': String(first.headers.get('etag')) });
  expect(positionOf(second)).toEqual([200, 2, `"${second.body.etag}"`]);
  const third = await save({ 'if-match': '*' });
  expect(positionOf(third)).toEqual([200, 3, `"${third.body.etag}"`]);
  for (const path of [url, `${url}/restore`])
    expect(positionOf(await send('GET', path))).toEqual(positionOf(third));
  const restored = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId });
  expect(positionOf(restored)).toEqual(positionOf(third));
  expect((await send('DELETE', url, { 'if-match': '*' })).body).toMatchObject({
    status: 'erased',
    found: true,
  });
});
