// Requests as spans of traces, by OpenTelemetry's conventions for HTTP and RPC. Paths with an id in
// them appear as the patterns of their routes.

import type { ErrorType } from '../../session/errors.ts';
import type { SpanAttributes, TracedOutcome, Tracing } from '../../telemetry/tracing.ts';
import { REFUSALS } from '../refusals.ts';
import { type Exchange, type Handler, type RequestHead, UNMATCHED_ROUTE } from './http-exchange.ts';

/** Health checks and reflection, whose spans would be most of all. */
const UNTRACED = /^\/grpc\./;
/** `/package.Service/Method` */
const RPC_ROUTE = /^\/((?:\w+\.)+\w+\/\w+)$/;
const AUTHORITY = /^(.+?)(?::(\d+))?$/;
const GRPC = 'application/grpc';
/** The longest name of a host; callers may send others, and spans wait for their collector. */
const HOST_MAX_LENGTH = 253;
/** Others are a caller's own words. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
/** Codes by which a server says that the failure is its own. */
const SERVER_FAULTS = [
  ...(['unknown', 'deadline_exceeded', 'unimplemented', 'internal', 'unavailable'] as const),
  'data_loss',
];
const SERVER_ERROR_STATUS = 500;

/** What is known of an answer. */
type Answered = { status: number | undefined; isSent: boolean; errorType: ErrorType | undefined };

/** The same handler, each request in a span. `isTls`: of its listener. */
export function tracedHandler(
  handler: Handler,
  { tracing, isTls }: { tracing: Tracing; isTls: boolean },
): Handler {
  return (exchange) => {
    const { head } = exchange;
    if (UNTRACED.test(head.target)) return handler(exchange);
    const span = tracing.startRequest(head.method, head.headers);
    let status: number | undefined;
    const { respond } = exchange;
    exchange.respond = (answer) => {
      status = answer.status;
      return respond(answer);
    };
    try {
      return span.run(() => handler(exchange));
    } finally {
      // Set by the handler before it returned.
      const { watcher } = exchange;
      exchange.watcher = {
        ended(isSent) {
          try {
            span.run(() => watcher?.ended(isSent));
          } finally {
            const answered = { status, isSent, errorType: span.errorType };
            span.end(outcomeOf(exchange, answered, isTls));
          }
        },
      };
    }
  };
}

function outcomeOf({ head, route }: Exchange, answered: Answered, isTls: boolean): TracedOutcome {
  const [, rpcMethod] = RPC_ROUTE.exec(route) ?? [];
  const attributes = {
    ...serverAttributes(head),
    'url.scheme': isTls ? 'https' : 'http',
    'network.protocol.name': 'http',
    'network.protocol.version': head.isHttp2 ? '2' : '1.1',
    ...(answered.status !== undefined && { 'http.response.status_code': answered.status }),
    ...errorAttributes(answered),
  };
  return rpcMethod === undefined
    ? httpOutcome({ head, route }, answered, attributes)
    : rpcOutcome({ head, rpcMethod }, answered, attributes);
}

function httpOutcome(
  { head, route }: Pick<Exchange, 'head' | 'route'>,
  { status = 0 }: Answered,
  attributes: SpanAttributes,
): TracedOutcome {
  const isMatched = route !== UNMATCHED_ROUTE;
  const isKnown = METHODS.includes(head.method);
  const method = isKnown ? head.method : 'HTTP';
  return {
    name: isMatched ? `${method} ${route}` : method,
    attributes: {
      'http.request.method': isKnown ? head.method : '_OTHER',
      ...(isMatched && { 'http.route': route, 'url.path': route }),
      ...attributes,
    },
    isError: status >= SERVER_ERROR_STATUS,
  };
}

function rpcOutcome(
  { head, rpcMethod }: { head: RequestHead; rpcMethod: string },
  { errorType }: Answered,
  attributes: SpanAttributes,
): TracedOutcome {
  const code = errorType && REFUSALS[errorType].code;
  return {
    name: rpcMethod,
    attributes: {
      'rpc.system.name': head.headers['content-type']?.startsWith(GRPC) ? 'grpc' : 'connectrpc',
      'rpc.method': rpcMethod,
      'rpc.status_code': code?.toUpperCase() ?? 'OK',
      ...attributes,
    },
    isError: code !== undefined && SERVER_FAULTS.includes(code),
  };
}

/** Why there was no answer, or not the one that was asked for. */
function errorAttributes({ status = 0, isSent, errorType }: Answered): SpanAttributes {
  if (!isSent) return { 'error.type': 'client_gone' };
  if (errorType !== undefined) return { 'error.type': errorType };
  return status >= SERVER_ERROR_STATUS ? { 'error.type': `${status}` } : {};
}

/** The server, as the caller named it. */
function serverAttributes({ headers }: RequestHead): SpanAttributes {
  const authority = headers.host ?? String(headers[':authority'] ?? '');
  const [, host, port] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined) return {};
  const address = host.slice(0, HOST_MAX_LENGTH);
  return { 'server.address': address, ...(port !== undefined && { 'server.port': Number(port) }) };
}
