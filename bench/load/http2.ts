// An HTTP/2 client on bare node:http2, also for gRPC's unary calls: those are one framed message
// in, and one out with `grpc-status` in the trailers. Answers are not decoded.

import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import type { Load } from './load.ts';
import { createNumberedMessages } from './numbered-messages.ts';

const CONNECTIONS = 4;
const SILENCE_MAX_MS = 60_000;

export async function runHttp2Load(load: Load): Promise<void> {
  const next = createNumberedMessages(load, Buffer.from(load.message.body));
  await Promise.all(Array.from({ length: CONNECTIONS }, () => runConnection(load, next)));
}

async function runConnection(load: Load, next: () => Buffer | undefined): Promise<void> {
  const session = connect(`http://127.0.0.1:${load.port}`);
  session.setTimeout(SILENCE_MAX_MS, () => session.destroy(new Error('no answer in time')));
  const failed = new Promise<never>((_, reject) => session.once('error', reject));
  const runStream = async () => {
    for (let message = next(); message; message = next()) await call(session, load, message);
  };
  const streams = Math.ceil(load.inFlight / CONNECTIONS);
  try {
    await Promise.race([failed, Promise.all(Array.from({ length: streams }, runStream))]);
  } finally {
    session.close();
  }
}

function call(
  session: ClientHttp2Session,
  { headers, message: { path } }: Load,
  bytes: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    const said: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    stream.on('response', (answer) => Object.assign(said, answer));
    stream.on('trailers', (trailers) => Object.assign(said, trailers));
    stream.on('error', reject);
    stream.on('close', () => {
      if (said[':status'] === 200 && (said['grpc-status'] ?? '0') === '0') resolve();
      else reject(new Error(`answered ${JSON.stringify(said)}`));
    });
    stream.resume();
    stream.end(bytes);
  });
}
