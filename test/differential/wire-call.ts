// Calls exactly as their bytes are to be, and what came back, for HTTP/1.1 and HTTP/2 alike.

import { once } from 'node:events';
import { type IncomingHttpHeaders, request as requestHttp1 } from 'node:http';
import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';

/** A call on the wire. */
export type WireCall = {
  version: 'HTTP/1.1' | 'HTTP/2';
  method: string;
  /** Path and query, sent as they are. */
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
};

/** An answer on the wire, with its headers and trailers in one. */
export type WireAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

/** No answer takes longer; the longest deadline that a call of the corpus waits for is shorter. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Sends a call on a connection of its own. Throws if there is no answer. */
export function sendCall(address: string, call: WireCall): Promise<WireAnswer> {
  return call.version === 'HTTP/2' ? sendHttp2(address, call) : sendHttp1(address, call);
}

async function sendHttp1(address: string, call: WireCall): Promise<WireAnswer> {
  const { method, path, headers, body } = call;
  const [host, port] = address.split(':');
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const request = requestHttp1({ host, port, method, path, headers, signal, agent: false });
  // Else it would be sent in chunks, which some servers do not take from a GET.
  if (body.length > 0) request.setHeader('content-length', body.length);
  request.end(body);
  const [answer] = await once(request, 'response');
  const bytes = await buffer(answer);
  return {
    status: answer.statusCode,
    headers: { ...answer.headers, ...answer.trailers },
    body: bytes,
  };
}

async function sendHttp2(address: string, call: WireCall): Promise<WireAnswer> {
  const { method, path, headers, body } = call;
  const session = connect(`http://${address}`);
  try {
    const stream = session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body.length === 0, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) },
    );
    let trailers: IncomingHttpHeaders = {};
    stream.once('trailers', (received) => {
      trailers = received;
    });
    if (body.length > 0) stream.end(body);
    const [received] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    const bytes = await buffer(stream);
    return {
      status: Number(received[':status']),
      headers: { ...received, ...trailers },
      body: bytes,
    };
  } finally {
    session.destroy();
  }
}
