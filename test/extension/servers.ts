// What is in the place of the service, or in front of it, where a node meets no healthy service.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Serves until the test ends; answers the base URL. */
export async function startServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A network in front of the service that delivers every request, and loses the answers of the
 * first so many. */
export function startLossyProxy(service: string, losses: number): Promise<string> {
  let lost = 0;
  return startServer(async (request, response) => {
    const body = await Array.fromAsync(request);
    const answer = await fetch(service + request.url, {
      ...{ method: 'POST', body: Buffer.concat(body) },
      headers: { 'x-api-key': String(request.headers['x-api-key']) },
    });
    const text = await answer.text();
    if (lost++ < losses) request.socket.destroy();
    else response.writeHead(answer.status).end(text);
  });
}
