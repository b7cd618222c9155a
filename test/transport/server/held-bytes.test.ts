// What clients make a listener hold, on real sockets: half-sent bodies, answers that are not read,
// connections.

import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { createByteBudget } from '../../../src/transport/server/byte-budget.ts';
import type { ClientCut } from '../../../src/transport/server/http-exchange.ts';
import { SECRET } from '../../support/running-app.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startRpcServer } from '../rpc/rpc-server.ts';
import { startWebhookServer } from '../webhook/webhook-server.ts';
import { openHttp2, sendBytes } from './listener.ts';

const MIB = 1024 * 1024;

const HALF_BODY = `POST /webhook/cognigy/session HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(450_000)}`;

describe('half-sent bodies', () => {
  test('are refused by their route when there is no room, and their connection stays usable', async () => {
    const budget = createByteBudget({ limitBytes: MIB });
    const { address, persist, refused } = await startWebhookServer({ budget });
    const slow = sendBytes(address, HALF_BODY);
    let answer = '';
    slow.socket.on('data', (chunk) => {
      answer += chunk;
    });
    await waitFor(() => expect(budget.heldBytes()).toBeGreaterThan(450_000));
    const held = sendBytes(address, HALF_BODY);
    // One of the two has to go.
    await waitFor(() => expect(refused).toEqual(['overloaded']));
    await waitFor(() =>
      expect(answer).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1.*"reason":"overloaded"/is),
    );
    expect((await persist({ sessionId: 's' })).status).toBe(200);
    held.socket.destroy();
    answer = '';
    slow.socket.write('x'.repeat(450_000));
    slow.socket.write('GET /none HTTP/1.1\r\nHost: x\r\nX-API-Key: none\r\n\r\n');
    await waitFor(() => expect(answer).toMatch(/^HTTP\/1\.1 401 /));
    await waitFor(() => expect(budget.heldBytes()).toBe(0));
  });

  test.each([
    ['Connect', 'application/json', 'Content-Length: 1048576\r\n\r\n{'],
    [
      'gRPC-Web',
      'application/grpc-web+proto',
      'Transfer-Encoding: chunked\r\n\r\n5\r\n\x00\x00\x10\x00\x00\r\n',
    ],
  ])(
    'of %s calls take no memory before they come, whatever was announced',
    async (_name, type, body) => {
      const { address, finished } = await startRpcServer();
      const path = '/cognigy.session.v1.SessionService/Persist';
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n`;
      const before = process.memoryUsage().arrayBuffers;
      const sockets = Array.from({ length: 200 }, () => sendBytes(address, head + body).socket);
      await (await fetch(`http://${address}/none`)).text();
      await waitFor(() => expect(finished).toHaveLength(1));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * MIB);
      for (const socket of sockets) socket.destroy();
    },
  );

  test.each([
    ['gRPC', createGrpcTransport],
    ['Connect', createConnectTransport],
  ] as const)(
    'of %s calls are refused as unavailable, counted as overloaded',
    async (_name, create) => {
      const budget = createByteBudget({ limitBytes: 3 * MIB });
      const { baseUrl, refused, failed } = await startRpcServer({ budget });
      const ballast = budget.open({
        ...{ peer: 'other', listener: {}, hasBody: false, untakenBytes: () => 0 },
        ...{ refuseBody() {}, cutAnswer() {}, onReleased() {} },
      });
      ballast.chargeChunk(100);
      const client = createClient(SessionService, create({ baseUrl, httpVersion: '2' }));
      const large = { sessionId: 's', variables: { text: 'x'.repeat(600_000) } };
      const error = await client.persist(large).then(
        () => undefined,
        (thrown: unknown) => ConnectError.from(thrown),
      );
      expect(error?.code).toBe(Code.Unavailable);
      expect(error?.rawMessage).toContain('use up the memory set aside for them');
      expect(error?.metadata.get('retry-after')).toBe('1');
      await waitFor(() => expect(refused).toEqual(['overloaded']));
      expect(
        (await client.persist({ sessionId: 's', variables: { text: 'short' } })).revision,
      ).toBeDefined();
      expect(failed).toEqual([]);
    },
  );

  test('of compressed calls are charged for what they become', async () => {
    const budget = createByteBudget({ limitBytes: 4 * MIB });
    const { baseUrl, refused } = await startRpcServer({ budget });
    const ballast = budget.open({
      ...{ peer: 'other', listener: {}, hasBody: false, untakenBytes: () => 0 },
      ...{ refuseBody() {}, cutAnswer() {}, onReleased() {} },
    });
    ballast.chargeChunk(100);
    const persist = (text: string) =>
      fetch(`${baseUrl}/cognigy.session.v1.SessionService/Persist`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify({ sessionId: 's', variables: { text } })),
      });
    expect((await persist('x'.repeat(100_000))).status).toBe(200);
    const answer = await persist('x'.repeat(800_000));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
    await waitFor(() => expect(refused).toEqual(['overloaded']));
  });

  test('give up their places in flight to whoever comes', async () => {
    const { address, persist, refused, baseUrl } = await startWebhookServer({
      limits: { inFlightMax: 8 },
    });
    for (let count = 0; count < 20; count++) sendBytes(address, HALF_BODY.slice(0, 200));
    const session = openHttp2(baseUrl);
    for (let count = 0; count < 20; count++) {
      const headers = {
        ':method': 'POST',
        ':path': '/webhook/cognigy/session',
        'x-api-key': SECRET,
      };
      session
        .request(headers)
        .on('error', () => {})
        .write('{');
    }
    await waitFor(() => expect(refused.length).toBeGreaterThan(30));
    expect((await persist({ sessionId: 's' })).status).toBe(200);
  });
});

describe('answers that are not read', () => {
  const text = 'x'.repeat(400_000);

  test('are refused above the budget, and cut for a client that reads', async () => {
    // No answer has waited for long before the first is cut, however slow the machine is.
    let nowMs = 0;
    const budget = createByteBudget({ limitBytes: 16 * MIB, nowMs: () => nowMs });
    const cuts: ClientCut[] = [];
    const server = await startWebhookServer({ budget, onClientCut: (cut) => cuts.push(cut) });
    await server.persist({ sessionId: 'large', variables: { text } });
    const unread = sendBytes(server.address, '');
    unread.socket.pause();
    const get = `GET /api/v1/state/large/restore HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\n\r\n`;
    unread.socket.write(get.repeat(200));
    await waitFor(() => expect(server.refused.length).toBeGreaterThan(100));
    expect(budget.heldBytes()).toBeLessThan(16 * MIB);
    expect(cuts).toEqual([]);
    nowMs = 10_000;
    const restore = async () => {
      const answer = await fetch(`${server.baseUrl}/api/v1/state/large/restore`, {
        headers: { 'x-api-key': SECRET },
      });
      return { status: answer.status, length: (await answer.text()).length };
    };
    await waitFor(async () => expect(await restore()).toMatchObject({ status: 200 }));
    await waitFor(async () => expect(budget.heldBytes()).toBe(0));
    expect(cuts).toContainEqual({ cause: 'unread_answer', peer: '127.0.0.1' });
    unread.socket.resume();
    await unread.closed;
  });

  test('on one connection are one client that is cut, however many they are', async () => {
    const cuts: ClientCut[] = [];
    const options = {
      limits: { inFlightMax: 40 },
      onClientCut: (cut: ClientCut) => cuts.push(cut),
    };
    const { address, finished, persist } = await startWebhookServer(options);
    await persist({ sessionId: 'large', variables: { text } });
    const get = `GET /api/v1/state/large/restore HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\n\r\n`;
    const { socket } = sendBytes(address, '');
    socket.pause();
    socket.write(get.repeat(30));
    await waitFor(() => {
      sendBytes(address, 'GET /none HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20)).socket.end();
      expect(cuts.length).toBeGreaterThan(0);
    });
    await waitFor(() =>
      expect(finished.filter(({ status }) => status === 499).length).toBeGreaterThan(5),
    );
    expect(cuts).toEqual([{ cause: 'unread_answer', peer: '127.0.0.1' }]);
  });

  test('of a call whose client opens no window are cut after the time for an answer', async () => {
    const { baseUrl, finished, service } = await startRpcServer({
      limits: { answerTimeoutMs: 60, checkIntervalMs: 20 },
    });
    await createClient(SessionService, createGrpcTransport({ baseUrl })).persist({
      ...{ sessionId: 'large', variables: { text } },
    });
    expect(service).toBeDefined();
    const session = connectHttp2(baseUrl, { settings: { initialWindowSize: 0 } });
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ...{ ':method': 'POST', ':path': '/cognigy.session.v1.SessionService/Restore' },
      ...{ 'content-type': 'application/json' },
    });
    stream.on('error', () => {}).end(JSON.stringify({ sessionId: 'large' }));
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    await waitFor(() => expect(finished.map(({ status }) => status)).toContain(499));
  });
});
