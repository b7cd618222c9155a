// One request and its answer, in the shape that node:http gives for HTTP/1.1 and, through its
// compatibility layer, for HTTP/2. Only what both have is named, so that a handler serves either
// without knowing which.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import type { Refusal, RefusalReason } from '../../session/errors.ts';
import type { CutCause } from '../../telemetry/process-metrics-table.ts';
import type { ByteAccount } from './byte-budget.ts';

/** A request. Its body is the stream. */
export type HttpRequest = Readable & {
  readonly method?: string | undefined;
  /** Path and query; of a target in absolute form, without the part before the path. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** `1.0`, `1.1` or `2.0`: as the client wrote it, so nothing is decided by it. */
  readonly httpVersion: string;
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
  /** Label of the route in metrics, for the handler to set: from a fixed set, never a path as
   * sent. */
  route: string;
  /** When the headers had arrived, on the clock of `performance.now()`. */
  readonly receivedAtMonotonicMs: number;
  /** The memory that the request and its answer hold. */
  readonly account: ByteAccount;
  /** Set by the handler while it reads the body: gives up the reading, and answers with the
   * refusal. Called when the rest of the body is not waited for any longer, or there is no memory
   * for it. */
  refuseBody?: ((refusal: Refusal) => void) | undefined;
  /** Set by the handler: called once, when the answer has been sent or its client is gone. What
   * it throws is reported as a failure of the request. */
  onEnded?: (() => void) | undefined;
};

/** Answers a request. What it throws is answered 500 and reported. */
export type Handler = (
  request: HttpRequest,
  response: HttpResponse,
  exchange: Exchange,
) => void | Promise<void>;

/** The route of a request that no handler has claimed. */
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
  /** Answers the requests above `limits.inFlightMax`. Without it: 503 with `Retry-After: 1`, as
   * JSON. */
  overloaded?: Handler;
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
