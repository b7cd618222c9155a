// What shutdown() promises with TLS and without alike.

import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import {
  createHeldHandler,
  echo,
  fetchHttp2,
  type NodeHandler,
  type startListener,
} from './listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** A listener, and clients that reach it. */
export type Reached = {
  start(handler: NodeHandler): ReturnType<typeof startListener>;
  send(address: string, text: string): { socket: Socket; closed: Promise<string> };
  openHttp2(baseUrl: string): ClientHttp2Session;
};

export function declareShutdownTests({ start, send, openHttp2 }: Reached): void {
  test('shutdown() answers a request that was on its way when it began', async () => {
    const { server, address, finished } = await start(echo);
    const { socket, closed } = send(address, GET);
    await waitFor(() => expect(finished).toHaveLength(1));
    socket.write(GET.replace('GET', 'PUT'));
    await server.shutdown();
    expect(await closed).toMatch(/connection: close\r\n.*PUT 1\.1 $/is);
  });

  test('shutdown() lets a large answer arrive whole at a client that reads slowly', async () => {
    const bytes = 16 * 1024 * 1024;
    const { server, address } = await start((_request, response) => {
      response.writeHead(200, { 'content-length': bytes });
      response.end(Buffer.alloc(bytes, 'x'));
    });
    const { socket, closed } = send(address, GET);
    await once(socket, 'data');
    socket.pause();
    const done = server.shutdown();
    // One turn of the loop, in which a server that cuts would cut.
    await new Promise((resolve) => setImmediate(resolve));
    socket.resume();
    expect((await closed).split('\r\n\r\n')[1]).toHaveLength(bytes);
    await done;
  });

  test('shutdown() sends GOAWAY, and finishes what is in flight over HTTP/2', async () => {
    const held = createHeldHandler();
    const { server, baseUrl } = await start(held.handler);
    const [busy, idle] = [openHttp2(baseUrl), openHttp2(baseUrl)];
    const answer = fetchHttp2(busy);
    await Promise.all([held.arrived, once(idle, 'remoteSettings')]);

    const goneAway = [once(busy, 'goaway'), once(idle, 'close')];
    const done = server.shutdown();
    await Promise.all(goneAway);
    await expect(fetchHttp2(busy)).rejects.toThrow();
    held.release();
    expect(await answer).toEqual({ status: 200, body: 'answered' });
    await done;
  });
}
