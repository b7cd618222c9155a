// One request and its answer, in the shape that node:http gives for HTTP/1.1 and, through its compatibility
// layer, for HTTP/2. Only what both have is named, so that a handler serves either without knowing which.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** A request. Its body is the stream. */
export type HttpRequest = Readable & {
  readonly method?: string | undefined;
  /** Path and query, as sent. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** `1.0`, `1.1` or `2.0`. */
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly socket: Socket;
};

/** An answer. */
export type HttpResponse = Writable & {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  writeHead(status: number, headers?: OutgoingHttpHeaders): unknown;
};

/** What is known of a request beside its content. */
export type Exchange = {
  /** Label of the route in metrics, for the handler to set: from a fixed set, never a path as sent. */
  route: string;
  /** When the headers had arrived, on the clock of `performance.now()`. */
  readonly receivedAtMonotonicMs: number;
};

/** Answers a request. What it throws is answered 500 and reported. */
export type Handler = (
  request: HttpRequest,
  response: HttpResponse,
  exchange: Exchange,
) => void | Promise<void>;

/** The route of a request that no handler has claimed. */
export const UNMATCHED_ROUTE = 'unmatched';

/** The status reported of an answer that did not reach its end: its client left, or had to be cut off. */
export const CLIENT_GONE_STATUS = 499;

/** A request whose answer has ended. */
export type FinishedExchange = {
  route: string;
  /** CLIENT_GONE_STATUS if the answer did not reach its end. */
  status: number;
};

/** A request whose handler failed. */
export type FailedExchange = { route: string; error: unknown };

/** What a listener does about requests besides answering them. */
export type ExchangeHooks = {
  /** Answers the requests above `limits.inFlightMax`. Without it: 503 with `Retry-After: 1`, as JSON. */
  overloaded?: Handler;
  /** Called once per request, when its headers have arrived. */
  onStarted?: () => void;
  /** Called once per request, when its answer has been sent or its client is gone. */
  onFinished?: (finished: FinishedExchange) => void;
  /** Called when a handler threw or rejected. Its client was answered 500, if nothing had been sent. */
  onFailed?: (failed: FailedExchange) => void;
};
