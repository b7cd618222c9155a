// A gRPC proxy in front of the service that loses answers, as a connection does that breaks after
// the request: the service has done what it was asked for, and the caller does not know.

import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A call that reached the proxy. */
export type ProxiedCall = {
  /** Name of the method. */
  method: string;
  /** The header `grpc-timeout`. */
  timeout: string | undefined;
  isInterrupted: boolean;
};

export type InterruptingProxy = {
  /** `127.0.0.1:<port>` */
  address: string;
  calls: ProxiedCall[];
  stop(): Promise<void>;
};

const PREFIX_BYTES = 5;
const { HTTP2_HEADER_STATUS: STATUS, HTTP2_HEADER_PATH: PATH } = http2.constants;

/** Starts a proxy in front of `target`, which is in plain text. The first call of each method that
 * `isInterrupted` names gets a status instead of its answer; a stream gets it after its first
 * message. */
export async function startInterruptingProxy(
  target: string,
  isInterrupted: (method: string) => boolean,
  grpcStatus: number,
): Promise<InterruptingProxy> {
  const calls: ProxiedCall[] = [];
  const upstream = http2.connect(target);
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  const status = { 'grpc-status': `${grpcStatus}`, 'grpc-message': 'interrupted' };

  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
    const method = `${headers[PATH]}`.split('/').at(-1) ?? '';
    const isFirst = calls.every((call) => call.method !== method);
    const call = {
      method,
      timeout: headers['grpc-timeout'] as string | undefined,
      isInterrupted: isFirst && isInterrupted(method),
    };
    calls.push(call);
    // A caller that is gone is no failure of the proxy.
    stream.on('error', () => undefined);
    const { ':authority': _, ...forwarded } = headers;
    const asked = upstream.request(forwarded);
    asked.on('error', () => stream.destroyed || stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.on('close', () => asked.close(http2.constants.NGHTTP2_CANCEL));
    stream.pipe(asked);
    if (call.isInterrupted && method !== 'Watch') loseAnswer(stream, asked);
    else passOn(stream, asked, call.isInterrupted);
  });

  function loseAnswer(stream: http2.ServerHttp2Stream, asked: http2.ClientHttp2Stream): void {
    asked.resume();
    asked.once('end', () => {
      if (stream.closed) return;
      // Trailers alone: a client repeats no call of whose answer it has seen the headers.
      stream.respond(
        { [STATUS]: 200, 'content-type': 'application/grpc', ...status },
        { endStream: true },
      );
    });
  }

  function passOn(
    stream: http2.ServerHttp2Stream,
    asked: http2.ClientHttp2Stream,
    isCut: boolean,
  ): void {
    let trailers: http2.OutgoingHttpHeaders = {};
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    asked.once('response', (headers, flags) => {
      if (stream.closed) return;
      const endStream = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(headers, { endStream, waitForTrailers: !endStream });
    });
    asked.once('trailers', (received) => {
      trailers = received;
    });
    let begun = Buffer.alloc(0);
    asked.on('data', (chunk: Buffer) => {
      if (stream.writableEnded || stream.closed) return;
      if (!isCut) return void stream.write(chunk);
      begun = Buffer.concat([begun, chunk]);
      const end = begun.length < PREFIX_BYTES ? Infinity : PREFIX_BYTES + begun.readUInt32BE(1);
      if (begun.length < end) return;
      trailers = status;
      stream.end(begun.subarray(0, end));
    });
    asked.once('end', () => void (stream.writableEnded || stream.end()));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async stop() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
