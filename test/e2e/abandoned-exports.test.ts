// Exports whose callers leave: the work ends, and the audit log has them.

import { connect } from 'node:net';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

const PATH = '/api/v1/users/u/export';
const TIMES = 3;
/** Together more than the buffers between the service and a client hold. */
const SESSIONS = 40;
const VALUE = 'x'.repeat(300_000);

let app: RunningApp;
let client: Client<typeof SessionService>;
beforeAll(async () => {
  app = await startTestApp({ AUDIT_LOG: 'sensitive' });
  client = createClient(SessionService, createGrpcTransport({ baseUrl: app.rpc }));
  for (let place = 0; place < SESSIONS; place++)
    await client.persist({ sessionId: `s${place}`, userId: 'u', variables: { VALUE } });
});
afterAll(() => app.stop());
beforeEach(() => {
  app.logged.length = 0;
});

/** Waits for an export that was cut off for each time. */
async function expectCutOff() {
  const outcomes = () =>
    app.logged.filter(({ message }) => message === 'audit').map(({ outcome }) => outcome);
  await until('all to be cut off', () => (outcomes().length >= TIMES ? true : undefined));
  expect(new Set(outcomes())).toEqual(new Set(['cut off']));
}

test('over HTTP, before the answer began', async () => {
  const { hostname, port } = new URL(app.webhook);
  for (let time = 0; time < TIMES; time++) {
    const socket = connect(Number(port), hostname);
    const request = `GET ${PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: ${SECRET}\r\n\r\n`;
    await new Promise((written) => socket.write(request, written));
    socket.destroy();
  }
  await expectCutOff();
});

test('over HTTP, within the document', async () => {
  for (let time = 0; time < TIMES; time++) {
    const answer = await fetch(`${app.webhook}${PATH}`, { headers: { 'x-api-key': SECRET } });
    await answer.body?.cancel();
  }
  await expectCutOff();
});

test('over gRPC', async () => {
  for (let time = 0; time < TIMES; time++) {
    const leaving = new AbortController();
    const parts = client.exportUser({ userId: 'u' }, { signal: leaving.signal });
    await parts[Symbol.asyncIterator]().next();
    leaving.abort();
  }
  await expectCutOff();
});
