// Traces of the whole service, as a collector receives them.

import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { logIdOf } from '../../src/session/log-id.ts';
import { type Collector, type ReceivedSpan, startCollector } from '../support/collector.ts';
import { startRedisReplicas } from '../support/redis-replicas.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { post, RPC_TOKEN, type RunningApp, SECRET, startTestApp } from '../support/running-app.ts';
import { waitFor } from '../support/wait-for.ts';

const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const HIDDEN = 'a-value-that-no-trace-may-have';
const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0';

let redis: RedisServer;
let collector: Collector;
let app: RunningApp;
beforeAll(async () => {
  redis = await startRedisServer();
  collector = await startCollector();
  app = await startTestApp(settings());
  // The server has the scripts from then on.
  await save({ sessionId: 'first', userId: 'first' }, {});
});
afterAll(async () => {
  await app?.stop();
  await collector?.stop();
  await redis?.stop();
});

function settings(others: Record<string, string> = {}): Record<string, string> {
  return {
    STORE_URL: `redis://127.0.0.1:${redis.port}`,
    RPC_TOKEN,
    // A busy machine may take long for the first calls.
    REQUEST_DEADLINE_MS: '20000',
    STORE_COMMAND_TIMEOUT_MS: '10000',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=a%20key',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=ignored',
    OTEL_SERVICE_NAME: 'sessions',
    ...others,
  };
}

/** A context of a caller's trace, and its headers. */
function callersTrace(flags = '01') {
  const digits = () => crypto.randomUUID().replaceAll('-', '');
  const [traceId, spanId] = [digits(), digits().slice(16)];
  const headers = { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate: 'vendor=1' };
  return { traceId, spanId, headers };
}

const save = (body: object, headers: Record<string, string>) =>
  post(`${app.webhook}/webhook/cognigy/session`, body, { 'x-api-key': SECRET, ...headers });

/** The spans of a trace, the server's first, once so many have been received. */
async function spansOf(traceId: string, atLeast: number): Promise<ReceivedSpan[]> {
  const spans = await collector.spansWith((span) => span.traceId === traceId, atLeast);
  return spans.toSorted((one, other) => one.kind - other.kind);
}

describe('a request that came with a trace', () => {
  test('of the webhook continues it, and its scripts are children', async () => {
    const trace = callersTrace();
    const sessionId = `session-${HIDDEN}`;
    const body = { sessionId, userId: `user-${HIDDEN}`, variables: { [HIDDEN]: HIDDEN } };
    expect((await save(body, trace.headers)).status).toBe(200);
    const [server, ...children] = await spansOf(trace.traceId, 3);
    expect(server).toMatchObject({
      ...{ name: 'POST /webhook/cognigy/session', kind: SERVER, parentSpanId: trace.spanId },
      ...{ traceState: 'vendor=1', status: 0 },
    });
    expect(server?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/webhook/cognigy/session',
      'url.path': '/webhook/cognigy/session',
      'url.scheme': 'http',
      'network.protocol.name': 'http',
      'network.protocol.version': '1.1',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(app.webhook).port),
      'session.id': logIdOf(sessionId),
      'user.hash': logIdOf(`user-${HIDDEN}`),
      'cognigy.session.status': 'accepted',
      'cognigy.session.durability': 'stored',
    });
    expect(children.map(({ name }) => name).sort()).toEqual(['EVALSHA append', 'EVALSHA index']);
    for (const { kind, parentSpanId, attributes } of children) {
      expect({ kind, parentSpanId }).toEqual({ kind: CLIENT, parentSpanId: server?.spanId });
      expect(attributes).toEqual({
        'db.system.name': 'redis',
        'db.operation.name': 'EVALSHA',
        'db.stored_procedure.name': expect.stringMatching(/^(append|index)$/),
        'server.address': '127.0.0.1',
        'server.port': redis.port,
      });
    }
  });

  test.each([
    ['grpc', '2', createGrpcTransport],
    ['connectrpc', '1.1', createConnectTransport],
  ] as const)('of RPCs by %s continues it', async (system, version, createTransport) => {
    const trace = callersTrace();
    const httpVersion = version === '2' ? '2' : '1.1';
    const transport = createTransport({ baseUrl: app.rpc, httpVersion } as never);
    const client = createClient(SessionService, transport);
    const headers = { ...trace.headers, authorization: `Bearer ${RPC_TOKEN}` };
    await client.lock({ sessionId: `locked by ${system}` }, { headers });
    const [server, child] = await spansOf(trace.traceId, 2);
    expect(server).toMatchObject({
      ...{ name: 'cognigy.session.v1.SessionService/Lock', kind: SERVER },
      ...{ parentSpanId: trace.spanId, status: 0 },
      attributes: {
        'rpc.system.name': system,
        'rpc.method': 'cognigy.session.v1.SessionService/Lock',
        'rpc.status_code': 'OK',
        'network.protocol.version': version,
        'session.id': logIdOf(`locked by ${system}`),
      },
    });
    expect(child).toMatchObject({ name: 'EVALSHA lock', parentSpanId: server?.spanId });
  });

  test('is not sampled if its caller did not', async () => {
    const unsampled = callersTrace('00');
    await save({ sessionId: 'unsampled' }, unsampled.headers);
    const later = callersTrace();
    await save({ sessionId: 'unsampled' }, later.headers);
    await spansOf(later.traceId, 2);
    expect(collector.spans.filter(({ traceId }) => traceId === unsampled.traceId)).toEqual([]);
  });

  test.each([
    ['a wrong version', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['no ids', '00-00000000000000000000000000000000-0000000000000000-01'],
    ['anything else', `${HIDDEN}\u00e9`],
  ])('begins one of its own after a context with %s', async (_, traceparent) => {
    const sessionId = `own trace ${traceparent.slice(0, 5)}`;
    expect((await save({ sessionId }, { traceparent })).status).toBe(200);
    const isIts = ({ attributes }: ReceivedSpan) => attributes['session.id'] === logIdOf(sessionId);
    const [span] = await collector.spansWith(isIts);
    expect(span).toMatchObject({ parentSpanId: '', kind: SERVER });
  });
});

test('the wait for replicas is a span of its own', async () => {
  const trace = callersTrace();
  const { master, stop } = await startRedisReplicas(1);
  const replicated = await startTestApp(
    settings({ STORE_URL: `redis://127.0.0.1:${master.port}`, DURABILITY: 'replicated' }),
  );
  const url = `${replicated.webhook}/webhook/cognigy/session`;
  const headers = { 'x-api-key': SECRET, ...trace.headers };
  const isKept = async () => {
    const { body } = await post(url, { sessionId: 'replicated' }, headers);
    expect(body.durability).toBe('replicated');
  };
  await waitFor(isKept);
  await replicated.stop();
  await stop();
  const waits = await collector.spansWith(
    ({ traceId, name }) => traceId === trace.traceId && name === 'WAIT',
  );
  expect(waits[0]?.attributes).toMatchObject({ 'server.port': master.port });
});

describe('a refused request', () => {
  test('has its reason and no error, if its caller is to blame', async () => {
    const trace = callersTrace();
    const answer = await save({ sessionId: HIDDEN, timestamp: 'never' }, trace.headers);
    expect(answer.status).toBe(400);
    const [server] = await spansOf(trace.traceId, 1);
    expect(server?.status).toBe(0);
    expect(server?.attributes).toMatchObject({
      'http.response.status_code': 400,
      'error.type': 'invalid',
    });
  });

  test('has the code of RPCs, and an error, if the store is', async () => {
    const trace = callersTrace();
    const away = await startTestApp(
      settings({
        ...{ STORE_URL: 'redis://127.0.0.1:1', REQUEST_DEADLINE_MS: '500' },
        STORE_COMMAND_TIMEOUT_MS: '500',
      }),
    );
    const client = createClient(SessionService, createGrpcTransport({ baseUrl: away.rpc }));
    const headers = { ...trace.headers, authorization: `Bearer ${RPC_TOKEN}` };
    await expect(client.restore({ sessionId: 'away' }, { headers })).rejects.toThrow();
    // Of a trace the log says which it is, as long as its request is served.
    const line = await waitFor(() => {
      const found = away.logged.find(({ trace_id }) => trace_id === trace.traceId);
      if (!found) throw new Error('no line has the trace');
      return found;
    });
    expect(line.span_id).toMatch(/^[0-9a-f]{16}$/);
    await away.stop();
    const [server] = await spansOf(trace.traceId, 1);
    expect(server).toMatchObject({
      status: ERROR,
      attributes: { 'rpc.status_code': 'UNAVAILABLE', 'error.type': 'unavailable' },
    });
  });
});

test('a path with an id appears as its route', async () => {
  const trace = callersTrace();
  const headers = { 'x-api-key': SECRET, ...trace.headers };
  await fetch(`${app.webhook}/api/v1/state/${HIDDEN}?revision=0`, { headers });
  await fetch(`${app.webhook}/nowhere/${HIDDEN}`, { headers });
  const spans = await collector.spansWith(
    ({ traceId, kind }) => traceId === trace.traceId && kind === SERVER,
    2,
  );
  expect(spans.map(({ name }) => name).sort()).toEqual(['GET', 'GET /api/v1/state/{sessionId}']);
});

test('health checks are not traced', async () => {
  const trace = callersTrace();
  await fetch(`${app.rpc}/grpc.health.v1.Health/Check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...trace.headers },
    body: '{}',
  });
  await save({ sessionId: 'after a health check' }, trace.headers);
  const spans = await spansOf(trace.traceId, 2);
  expect(spans.map(({ name }) => name)).toEqual([
    'POST /webhook/cognigy/session',
    'EVALSHA append',
  ]);
});

test('what is sent to the collector names the service, and has its credential', async () => {
  await save({ sessionId: 'of the resource' }, {});
  await waitFor(() => expect(collector.resources.length).toBeGreaterThan(0));
  expect(collector.requests[0]).toMatchObject({
    path: '/v1/traces',
    headers: { 'x-collector-key': 'a key', 'content-type': 'application/x-protobuf' },
  });
  expect(collector.resources[0]).toMatchObject({
    'service.name': 'sessions',
    'service.version': 'test',
    'deployment.environment.name': 'test',
    'telemetry.sdk.name': 'opentelemetry',
  });
});

test('the latencies have the trace as their exemplar, for scrapers of OpenMetrics', async () => {
  const trace = callersTrace();
  await save({ sessionId: 'exemplary' }, trace.headers);
  const scraped = await fetch(`${app.admin}/metrics`, { headers: { accept: OPEN_METRICS } });
  expect(scraped.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
  const text = await scraped.text();
  const exemplar = `# {trace_id="${trace.traceId}",span_id="`;
  for (const name of ['persist_seconds', 'store_seconds'])
    expect(text.split('\n').find((line) => line.includes(exemplar) && line.includes(name))).toMatch(
      /_bucket\{le="[\d.]+",.*\} \d+ # \{/,
    );
  const plain = await fetch(`${app.admin}/metrics`);
  expect(plain.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await plain.text()).not.toContain(trace.traceId);
});

test('nothing of a session is sent', async () => {
  await app.stop();
  app = await startTestApp(settings());
  expect(collector.spans.length).toBeGreaterThan(10);
  expect(collector.received()).not.toContain(HIDDEN);
});
