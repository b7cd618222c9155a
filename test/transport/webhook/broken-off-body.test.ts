// A body that breaks off: what its client reads, and how it is counted.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, SECRET, startTestApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';
import { sendBytes } from '../server/listener.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp({ COGNIGY_WEBHOOK_SECRET: SECRET });
});
afterAll(() => app.stop());

const inFlight = () => app.metric('cognigy_session_in_flight{listener="webhook"}');
const errors = (type: string) => app.metric(`cognigy_session_errors_total{error_type="${type}"}`);

const head = `POST /webhook/cognigy/session HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\n`;

test('a client that leaves within the body is told that the connection ended too early, if it still reads, and counted once', async () => {
  const before = await errors('invalid');
  const { socket, closed } = sendBytes(
    new URL(app.webhook).host,
    `${head}Content-Length: 100\r\n\r\n{`,
  );
  socket.end();
  expect(await closed).toMatch(
    /^HTTP\/1\.1 400 .*The connection ended before the request was complete\./s,
  );
  await until('the request has ended', async () => (await inFlight()) === 0 || undefined);
  expect(await errors('invalid')).toBe(before + 1);
});

test('a client that is gone within the body is not counted', async () => {
  const before = await errors('invalid');
  const { socket } = sendBytes(new URL(app.webhook).host, `${head}Content-Length: 100\r\n\r\n{`);
  await until('the request has come', async () => (await inFlight()) === 1 || undefined);
  socket.resetAndDestroy();
  await until('the request has ended', async () => (await inFlight()) === 0 || undefined);
  expect(await errors('invalid')).toBe(before);
});
