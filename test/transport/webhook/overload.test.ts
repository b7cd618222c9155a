import { expect, onTestFinished, test } from 'vitest';
import { SERVE_LIMITS } from '../../../src/transport/serve-limits.ts';
import { post, SECRET, startTestApp } from '../../support/running-app.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openHttp2 } from '../listener.ts';

test('a request too many is refused in the form of its route, and counted', async () => {
  const app = await startTestApp();
  onTestFinished(() => app.stop());
  const sessions = Array.from({ length: 4 }, () => openHttp2(app.webhook));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
  });
  for (let place = 0; place < SERVE_LIMITS.inFlightMax; place++) {
    const stream = sessions[place % sessions.length]?.request({
      ...{ ':method': 'POST', ':path': '/webhook/cognigy/session', 'x-api-key': SECRET },
    });
    stream?.on('error', () => {}).write('{');
  }
  const inFlight = () => app.metric('cognigy_session_in_flight{listener="webhook"}');
  await waitFor(async () => expect(await inFlight()).toBe(SERVE_LIMITS.inFlightMax));

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
