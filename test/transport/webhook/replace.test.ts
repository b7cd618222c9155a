// Updates of flows that replace all context or all variables, through real sockets.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, type RunningApp, SECRET, startTestApp } from '../../support/running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ WRITE_FORMAT: '2' });
});
afterAll(() => app.stop());

const HEADERS = { 'x-api-key': SECRET, 'content-type': 'application/json' };
const SAVES = ['/webhook/cognigy/session', '/cognigy.webhook.v1.WebhookService/Save'];

async function restored(sessionId: string) {
  const { body } = await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId });
  return { variables: body.variables, context: body.context };
}

test.each(SAVES)('%s: what is replaced is all there is, also for what comes late', async (path) => {
  const sessionId = randomUUID();
  const update = (body: object, second: number) =>
    post(app.webhook + path, { sessionId, ...body, timestamp: 1_718_445_780 + second }, HEADERS);
  await update({ variables: { kept: 1 }, context: { a: 1, b: 1 } }, 0);
  const replaced = await update({ context: { b: 2 }, replace: ['context'] }, 5);
  expect(replaced).toMatchObject({ status: 200, body: { status: 'accepted', revision: 2 } });
  await update({ context: { late: 1 } }, 4);
  expect(await restored(sessionId)).toEqual({ variables: { kept: 1 }, context: { b: 2 } });
  await update({ variables: '{}', replace: '["variables"]' }, 6);
  expect(await restored(sessionId)).toEqual({ variables: {}, context: { b: 2 } });
});

test.each([
  ['a part that is no text', { replace: [1] }, '/replace/0', /text/],
  ['a history', { replace: ['history'], timestamp: 1 }, '/replace/0', /history cannot be replaced/],
  [
    'a part that is not sent',
    { replace: ['context'], context: null, timestamp: 1 },
    '/replace/0',
    /has no context/,
  ],
  ['a part at no known time', { replace: ['context'], context: {} }, '/replace', /a timestamp/],
])('%s is not replaced', async (_, body, pointer, message) => {
  const before = await refused(app, 'invalid');
  const answer = await post(`${app.webhook}${SAVES[0]}`, { sessionId: 'never', ...body });
  expect(answer).toMatchObject({
    ...{ status: 400, body: { error: expect.stringMatching(message), details: [{ pointer }] } },
  });
  expect(await refused(app, 'invalid')).toBe(before + 1);
});

test.each([
  [SAVES[0], { reason: 'forbidden', error: expect.stringContaining('set WRITE_FORMAT=2') }],
  [SAVES[1], { message: expect.stringContaining('set WRITE_FORMAT=2') }],
])('%s: nothing is replaced under WRITE_FORMAT=1', async (path, error) => {
  const first = await startTestApp();
  const body = { sessionId: 's', replace: ['context'], context: {}, timestamp: 1 };
  const answer = await post(`${first.webhook}${path}`, body, HEADERS);
  expect(answer).toMatchObject({ status: 403, body: { code: 'permission_denied', ...error } });
  expect(await refused(first, 'forbidden')).toBe(1);
  await first.stop();
});

function refused({ metric }: RunningApp, reason: string): Promise<number> {
  return metric(`cognigy_session_errors_total{error_type="${reason}"}`);
}
