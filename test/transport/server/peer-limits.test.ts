// How many connections and requests one client may have, on real sockets of several addresses.

import { constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClientCut } from '../../../src/transport/server/http-exchange.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startRpcServer } from '../rpc/rpc-server.ts';
import { createHeldHandler, echo, openHttp2, startListener } from './listener.ts';

function openFrom(localAddress: string, address: string): Socket {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port), localAddress });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('what one peer may have', () => {
  test('three quarters of the connections; another peer still gets one', async () => {
    const cuts: ClientCut[] = [];
    const { address } = await startListener(echo, {
      limits: { connectionsMax: 8 },
      onClientCut: (cut) => cuts.push(cut),
    });
    const many = Array.from({ length: 10 }, () => openFrom('127.0.0.2', address));
    await waitFor(() => expect(cuts).toHaveLength(4));
    expect(cuts[0]).toEqual({ cause: 'connections', peer: '127.0.0.2' });
    const ask = (from: string) =>
      new Promise<string>((resolve) => {
        const socket = openFrom(from, address);
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        socket.once('data', (chunk) => resolve(String(chunk).slice(0, 12)));
        socket.once('close', () => resolve('closed'));
      });
    expect([await ask('127.0.0.2'), await ask('127.0.0.3')]).toEqual(['closed', 'HTTP/1.1 200']);
    for (const socket of many) socket.destroy();
    await waitFor(async () => expect(await ask('127.0.0.2')).toBe('HTTP/1.1 200'));
  });

  test('three quarters of the requests in flight, over all of its connections', async () => {
    const held = createHeldHandler();
    const { address } = await startListener(held.handler, { limits: { inFlightMax: 8 } });
    const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    const answers: string[] = [];
    const ask = (from: string) => {
      const socket = openFrom(from, address);
      socket.on('data', (chunk) => answers.push(`${from} ${String(chunk).slice(9, 12)}`));
      socket.write(get);
    };
    for (let count = 0; count < 10; count++) ask('127.0.0.2');
    await waitFor(() => expect(answers).toEqual(Array(4).fill('127.0.0.2 503')));
    ask('127.0.0.3');
    held.release();
    await waitFor(() => expect(answers.filter((each) => each.endsWith('200'))).toHaveLength(7));
    expect(answers).toContain('127.0.0.3 200');
  });
});

test('work whose client has left keeps its place in flight until it has ended', async () => {
  const { baseUrl, service, finished, refused } = await startRpcServer({
    limits: { inFlightMax: 1 },
  });
  const ended = Promise.withResolvers<undefined>();
  let begun = 0;
  service.restore = () => {
    begun += 1;
    return ended.promise;
  };
  const restore = { path: '/cognigy.session.v1.SessionService/Restore', body: '{"sessionId":"s"}' };
  const headers = { ':method': 'POST', ':path': restore.path, 'content-type': 'application/json' };
  const session = openHttp2(baseUrl);
  const stream = session.request(headers);
  stream.on('error', () => {}).end(restore.body);
  await waitFor(() => expect(begun).toBe(1));
  stream.close(constants.NGHTTP2_CANCEL);
  await waitFor(() => expect(finished).toHaveLength(1));
  const ask = async () => {
    const answer = await fetch(baseUrl + restore.path, {
      ...{ method: 'POST', body: restore.body, headers: { 'content-type': 'application/json' } },
    });
    await answer.text();
    return answer.status;
  };
  expect([await ask(), begun, refused]).toEqual([503, 1, ['overloaded']]);
  ended.resolve(undefined);
  await waitFor(async () => expect(await ask()).toBe(404));
});
