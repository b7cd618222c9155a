import { setImmediate as nextTurn } from 'node:timers/promises';
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { type ClientReadableStream, status } from '@grpc/grpc-js';
import { describe, expect, test, vi } from 'vitest';
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../../src/gen/grpc/health/v1/health_pb.ts';
import { waitFor } from '../../support/wait-for.ts';
import { call, codec, connectTo, errorOf, type GrpcClient } from './grpc-js-client.ts';
import { callHttp2, envelope } from './raw-calls.ts';
import { startRpcServer } from './rpc-server.ts';

describe('health', () => {
  const check = (address: string, service: string) =>
    call(connectTo(address), { method: Health.method.check, request: { service } });

  test('follows readiness, for the process and for the service', async () => {
    const { address, readiness } = await startRpcServer();
    for (const service of ['', 'cognigy.session.v1.SessionService']) {
      expect((await check(address, service)).status).toBe(Serving.SERVING);
    }
    readiness.set(false);
    for (const service of ['', 'cognigy.session.v1.SessionService']) {
      expect((await check(address, service)).status).toBe(Serving.NOT_SERVING);
    }
    const list = await call(connectTo(address), { method: Health.method.list, request: {} });
    expect(Object.keys(list.statuses)).toEqual(['', 'cognigy.session.v1.SessionService']);
  });

  test('does not know other services', async () => {
    const { address } = await startRpcServer();
    expect((await errorOf(check(address, 'other'))).code).toBe(status.NOT_FOUND);
  });

  test('is NOT_SERVING once the process begins to shut down', async () => {
    const { address, closing } = await startRpcServer();
    closing.abort();
    expect((await check(address, '')).status).toBe(Serving.NOT_SERVING);
  });

  test('Watch tells each change once, NOT_SERVING at shutdown, and ends', async () => {
    const { address, readiness, closing } = await startRpcServer();
    const client = connectTo(address);
    const { statuses, ended } = watch(client, '');
    await waitFor(() => expect(statuses).toEqual([Serving.SERVING]));
    readiness.set(true);
    // An answer on the same connection comes after whatever was said before it.
    await call(client, { method: Health.method.check, request: {} });
    readiness.set(false);
    await waitFor(() => expect(statuses).toEqual([Serving.SERVING, Serving.NOT_SERVING]));
    readiness.set(true);
    await waitFor(() => expect(statuses).toHaveLength(3));
    closing.abort();
    await ended;
    expect(statuses).toEqual([
      Serving.SERVING,
      Serving.NOT_SERVING,
      Serving.SERVING,
      Serving.NOT_SERVING,
    ]);
    expect(readiness.listenerCount()).toBe(0);
  });

  test('a client that reads no more of a Watch does not keep the listener open', async () => {
    const { baseUrl, closing, server } = await startRpcServer({ limits: { lastAnswerMs: 300 } });
    const transport = createConnectTransport({ baseUrl, httpVersion: '2' });
    // The client does not end the call by this: nobody reads the rest.
    for await (const { status } of createClient(Health, transport).watch({})) {
      expect(status).toBe(Serving.SERVING);
      break;
    }
    closing.abort();
    await server.shutdown();
  });

  test('Watch of an unknown service says so and stays', async () => {
    const { address, closing } = await startRpcServer();
    const { statuses, ended } = watch(connectTo(address), 'other');
    await waitFor(() => expect(statuses).toEqual([Serving.SERVICE_UNKNOWN]));
    closing.abort();
    await ended;
  });

  test('Watch lets go of everything when its client leaves', async () => {
    const { address, readiness, finished } = await startRpcServer();
    const { statuses, stream } = watch(connectTo(address), '');
    await waitFor(() => expect(statuses).toHaveLength(1));
    expect(readiness.listenerCount()).toBe(1);
    stream.cancel();
    await waitFor(() => expect(readiness.listenerCount()).toBe(0));
    await waitFor(() => expect(finished).toHaveLength(1));
  });

  test('Watch ends by its deadline, which is no error, and not as if there were nothing more to watch', async () => {
    const { address, readiness, refused, finished } = await startRpcServer();
    const answer = await callHttp2(`http://${address}`, {
      path: '/grpc.health.v1.Health/Watch',
      headers: { 'grpc-timeout': '50m' },
      body: envelope(new Uint8Array()),
    });
    expect(answer.code).toBe(Code.DeadlineExceeded);
    await waitFor(() => expect(readiness.listenerCount()).toBe(0));
    await waitFor(() => expect(finished).toHaveLength(1));
    // What is refused is counted in a later turn.
    await nextTurn();
    expect(refused).toEqual([]);
  });

  test('Watch is refused when there are too many of them', async () => {
    const { address } = await startRpcServer();
    const client = connectTo(address);
    const watches = Array.from({ length: 100 }, () => watch(client, ''));
    await waitFor(() => expect(watches.every(({ statuses }) => statuses.length === 1)).toBe(true));
    await expect(watch(client, '').ended).rejects.toMatchObject({ code: status.UNAVAILABLE });
    watches[0]?.stream.cancel();
    await waitFor(async () => {
      const { statuses } = watch(client, '');
      await vi.waitFor(() => expect(statuses).toHaveLength(1), { timeout: 200 });
    });
  });

  function watch(client: GrpcClient, service: string) {
    const { path, serialize, deserialize } = codec(Health.method.watch);
    const stream = client.makeServerStreamRequest(path, serialize, deserialize, { service });
    const statuses: Serving[] = [];
    stream.on('data', (answer: { status: Serving }) => statuses.push(answer.status));
    const ended = new Promise<void>((resolve, reject) =>
      stream.on('end', resolve).on('error', reject),
    );
    ended.catch(() => {});
    return { statuses, ended, stream: stream as ClientReadableStream<unknown> };
  }
});
