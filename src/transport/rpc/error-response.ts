// An error as a call's own protocol has it, for calls that no method of the router answers: gRPC
// and gRPC-Web in trailers, Connect as JSON with a status, a stream of Connect in its last
// envelope.

import type { ConnectError } from '@connectrpc/connect';
import {
  createAsyncIterable,
  encodeEnvelope,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  createEndStreamSerialization,
  endStreamFlag,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { createTrailerSerialization, trailerFlag } from '@connectrpc/connect/protocol-grpc-web';

const GRPC = /^application\/grpc($|[+;])/i;
const GRPC_WEB = /^application\/grpc-web($|[+;])/i;
const CONNECT_STREAM = /^application\/connect\+/i;

/** The answer to a call of this content type; one of none is answered as a unary call of Connect. */
export function errorResponse(contentType: string, error: ConnectError): UniversalServerResponse {
  if (GRPC.test(contentType)) {
    const header = new Headers({ 'content-type': contentType });
    return { status: 200, header, trailer: setTrailerStatus(new Headers(), error) };
  }
  if (GRPC_WEB.test(contentType)) {
    const trailer = createTrailerSerialization().serialize(setTrailerStatus(new Headers(), error));
    return inEnvelope(contentType, { flags: trailerFlag, data: trailer });
  }
  if (CONNECT_STREAM.test(contentType)) {
    const data = createEndStreamSerialization(undefined).serialize({
      metadata: new Headers(),
      error,
    });
    return inEnvelope(contentType, { flags: endStreamFlag, data });
  }
  const header = new Headers({ 'content-type': 'application/json' });
  for (const [name, value] of error.metadata) header.set(name, value);
  const body = errorToJsonBytes(error, undefined);
  return { status: codeToHttpStatus(error.code), header, body: createAsyncIterable([body]) };
}

function inEnvelope(
  contentType: string,
  { flags, data }: { flags: number; data: Uint8Array },
): UniversalServerResponse {
  const header = new Headers({ 'content-type': contentType });
  return { status: 200, header, body: createAsyncIterable([encodeEnvelope(flags, data)]) };
}
