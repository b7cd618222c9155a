// RPCs over HTTP: gRPC, gRPC-Web and Connect on the same paths, told apart by content type.
//
// Connect's router speaks the protocols. What stands between it and a listener is here: the
// credential is checked on the headers, before the body is read; and each call that was not served
// is counted once, wherever it failed.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  Code,
  type ConnectRouter,
  createConnectRouter,
  type HandlerContext,
} from '@connectrpc/connect';
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Receipt } from '../../service/session-service.ts';
import { type ErrorType, invalid, Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { answerError } from '../error-answer.ts';
import { isDecodableQuery } from '../percent-encoded.ts';
import type { Exchange, Handler, HttpRequest, HttpResponse } from '../server/http-exchange.ts';
import { answerBadForm } from './bad-form.ts';
import type { Gate } from './bearer-gate.ts';
import { callBody } from './call-body.ts';
import { createCallGuard } from './call-guard.ts';
import { createChargedGzip } from './charged-gzip.ts';
import { removeEndlessDeadline } from './endless-deadline.ts';
import { errorResponse } from './error-response.ts';
import { makeMessageReadable } from './grpc-message.ts';
import { jsonTextDecoder } from './json-text-decoder.ts';
import { carryCall, type ReceivedCall, receivedCall, withCurrentCall } from './received-call.ts';
import { callErrorType, connectErrorFrom, errorTypeOfAnswer } from './rpc-error.ts';
import { type MessageLimits, withReason } from './unread-call.ts';
import { wholeEnvelopes } from './whole-envelopes.ts';

/** Nested messages that are read: enough that a value too deep for a session is refused as such,
 * by its path. */
const NESTED_MAX = 200;

/** The path of a call, also of a method that is not served here: `/package.Service/Method`. */
const CALL_PATH = /^\/((?:\w+\.)+\w+)\/\w+$/;

/** Content types of gRPC, gRPC-Web, and streams of Connect. */
const IN_ENVELOPES = /^application\/(?:grpc|connect\+)/i;

// Apart, because Connect's type of a router's options does not have its own `textDecoder`.
const JSON_OPTIONS = {
  recursionLimit: NESTED_MAX,
  // A misspelt field is refused rather than lost.
  ignoreUnknownFields: false,
  textDecoder: jsonTextDecoder,
};

export type RpcHandlerOptions = {
  /** Adds the services and methods that are served: session-routes.ts, introspection-routes.ts. */
  routes: readonly ((router: ConnectRouter) => void)[];
  /** Passes a call by its headers, or throws a Refusal. */
  gate: Gate;
  /** Called when a request has been read. */
  receive: () => Receipt;
  /** The largest request message, in bytes, after decompression too. */
  bodyMaxBytes: number;
  /** The largest response message, in bytes; a larger one is refused, never cut. */
  answerMaxBytes: number;
  log: Logger;
  /** Called once for each call that was not served. A call that its client gave up is none. */
  onRefused: (errorType: ErrorType) => void;
};

export type RpcHandler = {
  /** Whether a request is a call, be it of a method that is not served here. */
  serves(request: Pick<HttpRequest, 'url'>): boolean;
  /** Answers calls; one of a method that is not served `unimplemented`; any other request 404. */
  handle: Handler;
  /** Refuses calls as `unavailable`, for a listener that has too many of them. */
  overloaded: Handler;
};

export function createRpcHandler(options: RpcHandlerOptions): RpcHandler {
  const router = createConnectRouter({
    interceptors: [createCallGuard(options.log)],
    requestGate: (context) => passGate(context, options.gate),
    readMaxBytes: options.bodyMaxBytes,
    writeMaxBytes: options.answerMaxBytes,
    // Compressed requests are read. Answers are not compressed: between sidecar and bot there is no
    // network.
    acceptCompression: [createChargedGzip()],
    compressMinBytes: Number.MAX_SAFE_INTEGER,
    jsonOptions: JSON_OPTIONS,
    // Kept, an unknown field would cost an object, and come to nothing.
    binaryOptions: { recursionLimit: NESTED_MAX, readUnknownFields: false },
  });
  for (const addRoutes of options.routes) addRoutes(router);
  const methods = new Map(router.handlers.map((method) => [method.requestPath, method]));

  const pathOf = (request: Pick<HttpRequest, 'url'>) => request.url?.split('?', 1)[0] ?? '';
  const methodOf = (request: Pick<HttpRequest, 'url'>) => methods.get(pathOf(request));

  const handler =
    (load: { isOverloaded: boolean }): Handler =>
    (request, response, exchange) => {
      const method = methodOf(request);
      if (!method) return answerNoSuchMethod(pathOf(request), { request, response, exchange });
      removeEndlessDeadline(request.headers);
      lowerCaseCoding(request.headers);
      const { headers, url: target = '' } = request;
      const { account } = exchange;
      const call: ReceivedCall = { receive: options.receive, headers, target, account, ...load };
      exchange.onEnded = () => {
        // What is said to nobody is no refusal: half a request of a client that left is no bad one.
        const said = response.writableFinished
          ? errorTypeOfAnswer(response, call.trailer)
          : undefined;
        const errorType = call.errorType ?? said;
        if (errorType) options.onRefused(errorType);
        // Whatever fails in a method is logged where it fails; this failed behind it.
        if (errorType === 'internal' && call.errorType === undefined) {
          options.log.error('An answer could not be sent', { method: method.requestPath });
        }
      };
      return answerCall(method, call, { request, response, exchange, ...options });
    };

  function answerNoSuchMethod(path: string, { request, response }: HttpCall): void | Promise<void> {
    const [, serviceName] = CALL_PATH.exec(path) ?? [];
    if (serviceName === undefined) return answerNotFound(response);
    const refusal =
      refusalOf(() => options.gate(request.headers, serviceName)) ?? noSuchMethod(path);
    const error = connectErrorFrom(refusal);
    options.onRefused(callErrorType(error) ?? 'internal');
    const contentType = request.headers['content-type'] ?? '';
    return unlessClientIsGone(() => send(errorResponse(contentType, error), response));
  }

  return {
    serves: (request) => CALL_PATH.test(pathOf(request)),
    handle: handler({ isOverloaded: false }),
    overloaded: handler({ isOverloaded: true }),
  };
}

function passGate(context: HandlerContext, gate: Gate): void {
  const call = receivedCall(context);
  call.trailer = context.responseTrailer;
  try {
    if (call.isOverloaded) {
      throw new Refusal('overloaded', 'too many calls are in flight; try again in a second');
    }
    gate(call.headers, context.service.typeName);
    const [, query = ''] = call.target.split(/\?(.*)/s, 2);
    if (!isDecodableQuery(query))
      throw invalid('', 'the query string is not percent-encoded UTF-8');
  } catch (error) {
    const answer = connectErrorFrom(error);
    call.errorType = callErrorType(answer);
    throw answer;
  }
}

type HttpCall = { request: HttpRequest; response: HttpResponse; exchange: Exchange };

async function answerCall(
  method: UniversalHandler,
  call: ReceivedCall,
  { bodyMaxBytes, answerMaxBytes, ...http }: HttpCall & MessageLimits,
): Promise<void> {
  const limits = { bodyMaxBytes, answerMaxBytes };
  const contentType = http.request.headers['content-type'] ?? '';
  http.exchange.route = method.requestPath;
  // Connect takes either kind of node:http; here, both are known by what they have in common.
  const request = http.request as unknown as IncomingMessage;
  const response = http.response as unknown as ServerResponse;
  response.setHeader('cache-control', 'no-store');
  let received: Parameters<UniversalHandler>[0];
  try {
    const chunks = callBody(http, call);
    const isInEnvelopes = IN_ENVELOPES.test(contentType);
    const body = isInEnvelopes ? wholeEnvelopes(chunks, bodyMaxBytes) : chunks;
    received = {
      ...universalRequestFromNodeRequest(request, response, undefined, carryCall(call)),
      body,
    };
    // By its length Connect would make room for all of a body before any of it has come.
    if (Number(received.header.get('content-length')) <= bodyMaxBytes)
      received.header.delete('content-length');
  } catch {
    const refusal = invalid('', 'the request names no host, or one that cannot be read');
    call.errorType = refusal.reason;
    const error = connectErrorFrom(refusal);
    return unlessClientIsGone(() => send(errorResponse(contentType, error), http.response));
  }
  const answerInItsContext = async () => {
    const answer = await method(received);
    if (answer.status >= 400 && answer.body === undefined) {
      call.errorType = answerBadForm(http.response, answer.status, method.allowedMethods).reason;
      return;
    }
    if (call.errorType) return send(answer, http.response);
    const final = withOwnJson(await withReason(answer, call, { contentType, ...limits }), call);
    return send(final, http.response);
  };
  // Sending is part of the call: a stream reads its next request while its answers are sent.
  await unlessClientIsGone(() => withCurrentCall(call, answerInItsContext));
}

/** An answer in the JSON that its method wrote, if it did. In an envelope it stays as it is. */
function withOwnJson(
  answer: UniversalServerResponse,
  { answerJson }: ReceivedCall,
): UniversalServerResponse {
  const { status, header = new Headers() } = answer;
  const isJson = header.get('content-type') === 'application/json';
  if (answerJson === undefined || status !== 200 || !isJson) return answer;
  const bytes = Buffer.from(answerJson);
  header.set('content-length', String(bytes.length));
  return { ...answer, body: createAsyncIterable([bytes]) };
}

async function unlessClientIsGone(answer: () => Promise<void>): Promise<void> {
  try {
    await answer();
  } catch (error) {
    // This is how connect-node says that the client is gone.
    if (connectErrorFrom(error).code !== Code.Aborted) throw error;
  }
}

function send(
  { trailer, ...answer }: UniversalServerResponse,
  response: HttpResponse,
): Promise<void> {
  return universalResponseToNodeResponse(
    {
      ...answer,
      // Read when the body has ended; the status is in it only then.
      get trailer() {
        if (trailer) makeMessageReadable(trailer);
        return trailer;
      },
    } as UniversalServerResponse,
    response as unknown as ServerResponse,
  );
}

function answerNotFound(response: HttpResponse): void {
  answerError(response, new Refusal('not_found', 'There is nothing at this path.'));
}

function noSuchMethod(path: string): Refusal {
  return new Refusal('unimplemented', `there is no method ${path.slice(1)} on this port`);
}

/** What a check refuses with; undefined if it passes. */
function refusalOf(check: () => void): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Connect takes the codings of HTTP by their names in lower case alone. */
function lowerCaseCoding(headers: HttpRequest['headers']): void {
  const coding = headers['content-encoding'];
  if (coding !== undefined) headers['content-encoding'] = coding.toLowerCase();
}
