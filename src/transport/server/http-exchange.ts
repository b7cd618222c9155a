// One request and its answer, the same for HTTP/1.1 and HTTP/2, so that a handler serves either
// without knowing which.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { RefusalReason } from '../../session/errors.ts';
import type { CutCause } from '../../telemetry/process-metrics-table.ts';
import type { ByteAccount } from './byte-budget.ts';

export type RequestHead = {
  method: string;
  /** Path and query, as sent; of a target in absolute form, without the part before the path. */
  target: string;
  headers: IncomingHttpHeaders;
  /** Which version of HTTP the listener serves it by, whatever the client wrote. */
  isHttp2: boolean;
};

/** All of a body; also a message of an RPC. */
export type WholeBody = string | Uint8Array;

/** How many bytes it has when it is sent. */
export function bodyBytes(body: WholeBody): number {
  return Buffer.byteLength(body);
}

export function bytesOf(body: WholeBody): Uint8Array {
  return Buffer.from(body);
}

export type Answer = {
  status: number;
  /** Names in lower case. Without content-length, which a whole body gives. */
  headers: OutgoingHttpHeaders;
  /** All of the body, or a stream of it. Undefined: the headers are all there is. */
  body?: WholeBody | AsyncIterable<Uint8Array> | undefined;
  /** Called when the body has been sent. Of HTTP/2, and of streams. */
  trailers?: (() => OutgoingHttpHeaders) | undefined;
};

/** A request, and the way to answer it. */
export type Exchange = {
  readonly head: RequestHead;
  readonly body: Readable;
  /** The listener has room for it. If not, it is to be refused (`overloaded`). */
  readonly hasPlace: boolean;
  /** Label of the route in metrics, for the handler to set: from a fixed set, never a path as
   * sent. */
  route: string;
  /** When the headers had arrived, on the clock of `performance.now()`. */
  readonly receivedAtMonotonicMs: number;
  /** The memory that the request and its answer hold. */
  readonly account: ByteAccount;
  /** Set by the handler while it reads the body: stops reading, and answers with the refusal.
   * Called when the rest of the body is not waited for any longer, or there is no memory for it. */
  refuseBody?: ((refusal: Error) => void) | undefined;
  /** Set by the handler: called once, when the answer has been sent (`isAnswered`), or its client is
   * gone. What it throws is reported as a failure of the request. */
  watcher?: { ended(isAnswered: boolean): void } | undefined;
  /** Sends the answer; does nothing if the client has left. Of a stream, resolves when all of it has
   * been written. Throws if there was an answer before. */
  respond(answer: Answer): void | Promise<void>;
};

/** Answers a request. What it throws is answered 500 and reported. */
export type Handler = (exchange: Exchange) => void | Promise<void>;

/** The route of a request that no handler has named. */
export const UNMATCHED_ROUTE = 'unmatched';

/** The status reported of an answer that did not reach its end: its client left, or had to be cut
 * off. */
export const CLIENT_GONE_STATUS = 499;

/** A request whose answer has ended. */
export type FinishedExchange = {
  route: string;
  /** CLIENT_GONE_STATUS if the answer did not reach its end. */
  status: number;
};

/** A request whose handler, or a hook called for it, failed. */
export type FailedExchange = { route: string; error: unknown };

/** A client that was cut because it does not take its answers, has too many connections, or sends
 * HTTP/2 frames that are invalid or too many. `peer` is its address. */
export type ClientCut = { cause: CutCause; peer: string };

/** What a listener does about requests besides answering them. */
export type ExchangeHooks = {
  /** Whether the handler itself answers requests that have no place. Without it they are answered
   * 503 with `Retry-After: 1`, as JSON. */
  servesOverload?: boolean;
  /** Called once per request, when its headers have arrived. */
  onStarted?: () => void;
  /** Called once per request, when its answer has been sent or its client is gone. */
  onFinished?: (finished: FinishedExchange) => void;
  /** Called when a handler or one of these hooks threw or rejected. Its client was answered 500,
   * if nothing had been sent. */
  onFailed?: (failed: FailedExchange) => void;
  /** Called when the listener itself refused a request, or a connection that no request can be
   * read from. */
  onRefused?: (reason: RefusalReason) => void;
  /** Called when a client was cut, or refused a connection, because it met a limit. */
  onClientCut?: (cut: ClientCut) => void;
};
