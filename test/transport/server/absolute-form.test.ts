// Targets in absolute form, as proxies send them: the same as those that are a path, on every
// listener.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, SECRET, startTestApp } from '../../support/running-app.ts';
import { sendBytes } from './listener.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const SERVICE = '/cognigy.session.v1.SessionService';
const BODY = '{"sessionId":"absolute"}';

test.each([
  ['webhook', 'POST', '/webhook/cognigy/session', 200],
  ['webhook', 'GET', '/api/v1/state/absolute/restore?revision=1', 200],
  ['webhook', 'POST', `${SERVICE}/Persist`, 200],
  ['webhook', 'DELETE', '/api/v1/state/none', 200],
  ['rpc', 'POST', `${SERVICE}/Restore`, 200],
  [
    'rpc',
    'GET',
    `${SERVICE}/Restore?encoding=json&message=%7B%22sessionId%22:%22absolute%22%7D`,
    200,
  ],
  ['admin', 'GET', '/healthz', 200],
  ['admin', 'GET', '/nothing', 404],
] as const)('on %s, %s %s', async (listener, method, path, status) => {
  const { host } = new URL(app[listener]);
  const head = [
    `${method} http://localhost${path} HTTP/1.1`,
    'Host: elsewhere.example',
    `X-API-Key: ${SECRET}`,
    'Connection: close',
    ...(method === 'POST'
      ? ['Content-Type: application/json', `Content-Length: ${BODY.length}`]
      : []),
  ];
  const { closed } = sendBytes(
    host,
    `${head.join('\r\n')}\r\n\r\n${method === 'POST' ? BODY : ''}`,
  );
  expect(await closed).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test.each(['rpc', 'admin'] as const)(
  'on %s it is the host in the target that must be local',
  async (listener) => {
    const { host } = new URL(app[listener]);
    const path =
      listener === 'admin' ? '/healthz' : `${SERVICE}/Restore?encoding=json&message=%7B%7D`;
    const head = `GET http://elsewhere.example${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect(await sendBytes(host, head).closed).toMatch(/^HTTP\/1\.1 403 /);
  },
);
