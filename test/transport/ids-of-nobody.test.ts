// Ids that stand for a value that was missing, on every wire and in every operation: one session
// for all visitors must not come to be, be handed out, or be erased by a flow that meant
// somebody's.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type JsonAnswer,
  post,
  type RunningApp,
  SECRET,
  startTestApp,
} from '../support/running-app.ts';

const IDS = [
  '{{input.sessionId}}',
  'web-{{input.sessionId}}',
  'undefined',
  'null',
  '[object Object]',
  ' ',
];
const UNRESOLVED = /^(sessionId|userId|flowId|inputId|updateId) was not resolved: it (is|holds) /;

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const path = (id: string) => encodeURIComponent(id);
const webhook = (route: string, body: object) =>
  post(`${app.webhook}/webhook/cognigy/${route}`, body);
const rpc = (method: string, body: object) =>
  post(`${app.rpc}/cognigy.session.v1.SessionService/${method}`, body, {
    'content-type': 'application/json',
  });

async function send(method: string, route: string): Promise<JsonAnswer> {
  const answer = await fetch(app.webhook + route, { method, headers: { 'x-api-key': SECRET } });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

type Call = (id: string) => Promise<JsonAnswer>;

describe.each<[string, Call]>([
  ['save', (sessionId) => webhook('session', { sessionId })],
  ['save, its user', (userId) => webhook('session-update', { sessionId: 's', userId })],
  ['save, its flow', (flowId) => webhook('session', { sessionId: 's', flowId })],
  ['save, its input', (inputId) => webhook('session', { sessionId: 's', inputId })],
  ['save, its update', (updateId) => webhook('session', { sessionId: 's', updateId })],
  ['restore', (sessionId) => webhook('restore', { sessionId, userId: 'somebody' })],
  ['restore by user', (userId) => webhook('restore', { sessionId: 's', userId })],
  ['restore by path', (id) => send('GET', `/api/v1/state/${path(id)}/restore`)],
  ['inspect', (id) => send('GET', `/api/v1/state/${path(id)}`)],
  ['debug', (id) => send('GET', `/debug/session/${path(id)}`)],
  ['delete', (sessionId) => webhook('delete', { sessionId })],
  ['delete, its update', (updateId) => webhook('delete', { sessionId: 's', updateId })],
  ['delete of a user', (userId) => webhook('delete', { userId, allSessions: true })],
  ['DELETE', (id) => send('DELETE', `/api/v1/state/${path(id)}`)],
  ['DELETE of a user', (id) => send('DELETE', `/api/v1/users/${path(id)}`)],
  ['Persist', (sessionId) => rpc('Persist', { sessionId })],
  ['Persist, its user', (userId) => rpc('Persist', { sessionId: 's', userId })],
  ['Persist, its flow', (flowId) => rpc('Persist', { sessionId: 's', flowId })],
  ['Restore', (sessionId) => rpc('Restore', { sessionId })],
  ['Restore by user', (userId) => rpc('Restore', { userId })],
  ['Lock', (sessionId) => rpc('Lock', { sessionId })],
  ['Unlock', (sessionId) => rpc('Unlock', { sessionId, token: 'x'.repeat(22) })],
  ['Erase, its update', (updateId) => rpc('Erase', { sessionId: 's', updateId })],
])('%s', (_what, call) => {
  test.each(IDS)('refuses %j, and says which field was not resolved', async (id) => {
    const { status, body } = await call(id);
    expect([status, body.code]).toEqual([400, 'invalid_argument']);
    const text: string = body.error ?? body.message;
    expect(text.replace(/^\/\w+: /, '')).toMatch(UNRESOLVED);
    expect(text).not.toContain('input.sessionId');
  });
});

test('what was stored under such an id can be seen and erased over RPC', async () => {
  for (const id of IDS) {
    expect((await rpc('Inspect', { sessionId: id })).status).toBe(404);
    expect(await rpc('Inspect', { userId: id })).toMatchObject({ status: 200, body: {} });
    expect(await rpc('Erase', { sessionId: id })).toMatchObject({ status: 200 });
    expect(await rpc('EraseUser', { userId: id })).toMatchObject({ status: 200 });
  }
});
