// A second request on a connection of HTTP/1.1 over TLS, while the answer to the first one has not
// been taken: node:http stops reading then.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { authorityOfTest } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { materialOf, startTlsListener } from './tls-listener.ts';

/** More than a connection holds without its client reading. */
const LARGE_BYTES = 1_000_000;

test('a body that arrives while reading is paused is read later', async () => {
  const authority = authorityOfTest();
  const { address, failed } = await startTlsListener(
    async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      response.end(request.url === '/first' ? 'x'.repeat(LARGE_BYTES) : `got ${body}`);
    },
    materialOf(authority.issue('service')),
  );
  const client = await connectInBursts(address, authority.ca);
  client.send(
    'GET /first HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /second HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n',
    'hello',
  );
  await waitFor(() => expect(client.received()).toMatch(/got hello$/));
  expect(client.received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  expect(failed).toEqual([]);
});

/** A client whose texts each become a TLS record, and arrive all at once. */
async function connectInBursts(address: string, ca: string) {
  const [host = '', port] = address.split(':');
  const carrier = connectTcp(Number(port), host);
  carrier.on('error', () => {});
  let burst: Uint8Array[] | undefined;
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      if (burst) burst.push(chunk);
      else carrier.write(chunk);
      done();
    },
  });
  carrier.on('data', (chunk) => stream.push(chunk));
  const socket = connectTls({ socket: stream, ca, servername: 'localhost' });
  onTestFinished(() => {
    socket.destroy();
    carrier.destroy();
  });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  await once(socket, 'secureConnect');
  return {
    received: () => received,
    async send(...texts: string[]) {
      burst = [];
      for (const text of texts) await new Promise((sent) => socket.write(text, sent));
      carrier.write(Buffer.concat(burst));
      burst = undefined;
    },
  };
}
