import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { largestShare } from '../../../src/transport/server/fair-shares.ts';
import { SERVE_LIMITS } from '../../../src/transport/server/serve-limits.ts';
import { post, SECRET, startTestApp } from '../../support/running-app.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openHttp2 } from '../server/listener.ts';

test('a request too many is refused in the form of its route, and counted', async () => {
  // What waits for the store makes way for nobody.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${port}`,
    REQUEST_DEADLINE_MS: '20000',
  });
  onTestFinished(() => app.stop());
  const sessions = Array.from({ length: 4 }, () => openHttp2(app.webhook));
  const placesMax = largestShare(SERVE_LIMITS.inFlightMax);
  for (let place = 0; place < placesMax; place++) {
    const stream = sessions[place % sessions.length]?.request({
      ...{ ':method': 'POST', ':path': '/webhook/cognigy/session', 'x-api-key': SECRET },
    });
    stream?.on('error', () => {}).end('{"sessionId":"s"}');
  }
  const inFlight = () => app.metric('cognigy_session_in_flight{listener="webhook"}');
  await waitFor(async () => expect(await inFlight()).toBe(placesMax));

  const webhook = await post(`${app.webhook}/webhook/cognigy/session`, { sessionId: 's' });
  expect([webhook.status, webhook.headers.get('retry-after')]).toEqual([503, '1']);
  expect(webhook.body).toEqual({
    ...{ error: expect.any(String), code: 'unavailable', reason: 'overloaded', details: [] },
    retryAfterMs: 1000,
  });
  const headers = { 'x-api-key': SECRET, 'content-type': 'application/json' };
  const connect = await post(
    `${app.webhook}/cognigy.session.v1.SessionService/Persist`,
    { sessionId: 's' },
    headers,
  );
  expect([connect.status, connect.headers.get('retry-after')]).toEqual([503, '1']);
  expect(connect.body).toMatchObject({ code: 'unavailable', message: expect.any(String) });
  expect(await app.metric('cognigy_session_errors_total{error_type="overloaded"}')).toBe(2);
});
