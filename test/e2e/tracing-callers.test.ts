// What callers put into the spans of their requests, whoever they are.

import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { logIdOf } from '../../src/session/log-id.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { post, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

let collector: Collector;
let app: RunningApp;
beforeAll(async () => {
  collector = await startCollector();
  app = await startTestApp({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
});
afterAll(async () => {
  await app?.stop();
  await collector?.stop();
});

test('a touch names its session', async () => {
  const url = `${app.webhook}/webhook/cognigy/touch`;
  await post(url, { sessionId: 'touched' }, { 'x-api-key': SECRET });
  const [span] = await collector.spansWith(({ name }) => name.endsWith('/touch'));
  expect(span?.attributes['session.id']).toBe(logIdOf('touched'));
});

test('a caller without a credential puts no long texts into spans', async () => {
  const session = connect(app.webhook);
  onTestFinished(() => session.destroy());
  const request = session.request({
    ':method': 'X'.repeat(5000),
    ':authority': `${'h'.repeat(5000)}:80`,
    ':path': `/${'p'.repeat(5000)}`,
    traceparent: TRACEPARENT,
  });
  request.end();
  await once(request, 'response');
  const [span] = await collector.spansWith(({ traceId }) => traceId === TRACE_ID);
  expect(span?.name).toBe('HTTP');
  expect(span?.attributes).toMatchObject({
    ...{ 'http.request.method': '_OTHER', 'server.address': 'h'.repeat(253), 'server.port': 80 },
  });
  expect(JSON.stringify(span).length).toBeLessThan(2000);
});
