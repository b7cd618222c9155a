// The requests of a listener that are being answered: how many there may be, what each came to, and which of
// them keep the listener from closing.

import { constants, type Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import { Refusal } from '../session/errors.ts';
import { answerError } from './error-answer.ts';
import {
  CLIENT_GONE_STATUS,
  type Exchange,
  type ExchangeHooks,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  UNMATCHED_ROUTE,
} from './http-exchange.ts';
import type { ServeLimits } from './serve-limits.ts';

type Entry = { request: HttpRequest; response: HttpResponse; exchange: Exchange; wasCut: boolean };

export type InFlight = {
  /** Answers a request, or refuses it if there are too many. */
  handle(request: HttpRequest, response: HttpResponse): void;
  /** Whether an answer on this connection has begun. */
  hasBegun(socket: Socket): boolean;
  /** From now on, answers end their HTTP/1.1 connections. */
  drain(): void;
  /** The HTTP/1.1 connections that have an answer coming. */
  connections(): Set<Socket>;
  /** Cuts the requests whose client is too slow: to send the body (over HTTP/2; http.Server does this for
   * HTTP/1.1), or to take the answer. */
  cutOverdue(): void;
};

export function createInFlight(options: ExchangeHooks & { limits: ServeLimits }, handler: Handler): InFlight {
  const { limits, onStarted, onFinished, onFailed } = options;
  const overloaded = options.overloaded ?? answerOverloaded(limits);
  const entries = new Set<Entry>();
  let draining = false;

  function finish(entry: Entry): void {
    entries.delete(entry);
    const { request, response, exchange } = entry;
    // A connection that was promised to stay open before the drain began.
    if (draining && isHttp1(entry)) request.socket.destroySoon();
    onFinished?.({
      route: exchange.route,
      status: response.writableFinished && !entry.wasCut ? response.statusCode : CLIENT_GONE_STATUS,
    });
  }

  function fail(entry: Entry, error: unknown): void {
    const { response, exchange } = entry;
    // A body that breaks off fails whoever reads it; nobody waits for an answer.
    if (!entries.has(entry) && isDisconnection(error)) return;
    onFailed?.({ route: exchange.route, error });
    if (response.headersSent) cut(entry, constants.NGHTTP2_INTERNAL_ERROR);
    else answerError(response, error);
  }

  return {
    handle(request, response) {
      const exchange = { route: UNMATCHED_ROUTE, receivedAtMonotonicMs: performance.now() };
      const entry = { request, response, exchange, wasCut: false };
      const answer = entries.size < limits.inFlightMax ? handler : overloaded;
      entries.add(entry);
      onStarted?.();
      response.once('close', () => finish(entry));
      if (!isHttp1(entry)) dropRestOfBody(streamOf(request));
      if (draining) endConnectionWith(entry);
      try {
        answer(request, response, exchange)?.catch((error: unknown) => fail(entry, error));
      } catch (error) {
        fail(entry, error);
      }
    },
    hasBegun: (socket) => [...entries].some((entry) => isOn(socket, entry) && entry.response.headersSent),
    drain() {
      draining = true;
      for (const entry of entries) endConnectionWith(entry);
    },
    connections() {
      return new Set([...entries].filter(isHttp1).map((entry) => entry.request.socket));
    },
    cutOverdue() {
      const now = performance.now();
      for (const entry of entries) {
        const ageMs = now - entry.exchange.receivedAtMonotonicMs;
        const isOverdue =
          (ageMs > limits.requestTimeoutMs && isWaitingForBody(entry)) ||
          (ageMs > limits.answerTimeoutMs && entry.response.writableEnded);
        if (isOverdue) cut(entry, constants.NGHTTP2_CANCEL);
      }
    },
  };
}

function answerOverloaded({ inFlightMax }: ServeLimits): Handler {
  return (_request, response) =>
    answerError(
      response,
      new Refusal('overloaded', `at most ${inFlightMax} requests are served at once; try again in a second`),
    );
}

function isDisconnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function isHttp1({ request }: Entry): boolean {
  return request.httpVersionMajor === 1;
}

function isOn(socket: Socket, entry: Entry): boolean {
  return isHttp1(entry) && entry.request.socket === socket;
}

function endConnectionWith(entry: Entry): void {
  if (isHttp1(entry) && !entry.response.headersSent) entry.response.setHeader('connection', 'close');
}

function isWaitingForBody(entry: Entry): boolean {
  // An answer that has begun is a stream of its own pace.
  if (isHttp1(entry) || entry.response.headersSent) return false;
  // `complete` would not do: it says whether the handler has read the body, not whether it has come.
  return streamOf(entry.request).state.remoteClose !== 1;
}

function cut(entry: Entry, http2Code: number): void {
  const { request } = entry;
  entry.wasCut = true;
  if (isHttp1(entry)) request.socket.destroy();
  else streamOf(request).close(http2Code);
}

/** Reads on where a handler has answered before the body had come: a client that waits to send the rest of it
 * would otherwise keep its stream in flight. node:http does this for HTTP/1.1. */
function dropRestOfBody(stream: Http2ServerRequest['stream']): void {
  stream.once('finish', () => stream.removeAllListeners('data').resume());
}

function streamOf(request: HttpRequest): Http2ServerRequest['stream'] {
  return (request as unknown as Http2ServerRequest).stream;
}
