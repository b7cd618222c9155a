// Connect's router behind the engine (wires/engine.ts), for what no wire of the engine has: streams,
// and calls whose form is wrong.

import { type ConnectRouter, createConnectRouter } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { errorToJson } from '@connectrpc/connect/protocol-connect';
import { Refusal } from '../../session/errors.ts';
import { jsonAnswer } from '../json-answer.ts';
import { REFUSALS } from '../refusals.ts';
import { type Answer, type RequestHead, UNMATCHED_ROUTE } from '../server/http-exchange.ts';
import { connectStream } from '../wires/connect-stream.ts';
import { connectPost } from '../wires/connect-unary.ts';
import type { EngineOptions, Find } from '../wires/engine.ts';
import { grpc } from '../wires/grpc.ts';
import { makeMessageReadable } from '../wires/grpc-message.ts';
import { grpcWeb } from '../wires/grpc-web.ts';
import { BINARY_OPTIONS, JSON_OPTIONS, type Method } from '../wires/method.ts';
import type { ReceivedCall } from '../wires/received-call.ts';
import { connectErrorFrom } from '../wires/rpc-error.ts';
import type { CallForm } from '../wires/wire.ts';
import { createCallGuard } from './call-guard.ts';
import { carryCall } from './routed-call.ts';
import { routerMethods } from './router-methods.ts';
import { envelopesOf } from './stream-body.ts';

/** The path of a call, also of a method that is not served here: `/package.Service/Method`. */
const CALL_PATH = /^\/((?:\w+\.)+\w+)\/\w+$/;

/** Protocols by content type, the first that matches; JSON by its suffix. */
const FORMS: readonly [RegExp, (format: CallForm['format']) => CallForm][] = [
  [/^application\/grpc-web($|[+;])/i, grpcWeb],
  [/^application\/grpc($|[+;])/i, grpc],
  [/^application\/connect\+/i, connectStream],
];
/** Calls whose form is that of no protocol are answered as unary calls of Connect. */
const NO_FORM: CallForm = {
  ...{ format: 'json', refuse: connectPost('json').refuse },
  isCompressed: () => false,
  timeoutMs: () => undefined,
};
const JSON_FORMAT = /\+json($|;)/i;

export type RouterOptions = Pick<EngineOptions, 'bodyMaxBytes' | 'log' | 'receive'> & {
  methods: readonly Method[];
  /** Add the streams that are served. */
  streams?: readonly ((router: ConnectRouter) => void)[];
};

/** A lookup of every call by its path; one of a method that is not served is `unimplemented`. */
export function createRouter({ methods, streams = [], ...options }: RouterOptions): Find {
  const { bodyMaxBytes, log, receive } = options;
  const router = createConnectRouter({
    interceptors: [createCallGuard(log)],
    // Its messages are checked, and decompressed, before it reads them. Answers are not compressed:
    // between sidecar and bot there is no network.
    acceptCompression: [],
    jsonOptions: JSON_OPTIONS,
    binaryOptions: BINARY_OPTIONS,
  });
  routerMethods(methods)(router);
  for (const addStreams of streams) addStreams(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  async function answerOf(
    handler: UniversalHandler,
    form: CallForm,
    call: ReceivedCall,
  ): Promise<Answer> {
    const { exchange } = call;
    const { method, target, isHttp2 } = exchange.head;
    const answer = await handler({
      httpVersion: isHttp2 ? '2.0' : '1.1',
      url: new URL(target, 'http://localhost').href,
      method,
      header: headerOf(exchange.head, call.timeoutMs),
      body: envelopesOf(exchange, {
        ...{ format: form.format, maxBytes: bodyMaxBytes },
        mayBeCompressed: form.isCompressed(exchange.head),
      }),
      signal: call.signal,
      contextValues: carryCall({
        ...{ headers: call.headers, account: call.account },
        receive: () => ({ ...receive(), caller: call.caller }),
        refused: (errorType) => call.refused(errorType),
      }),
    });
    if (answer.status >= 400 && answer.body === undefined)
      return badForm(call, answer.status, handler.allowedMethods);
    const { status, header, body, trailer } = answer;
    return {
      status,
      headers: { 'cache-control': 'no-store', ...Object.fromEntries(header ?? []) },
      body: body as Answer['body'],
      trailers: trailer && (() => Object.fromEntries(makeMessageReadable(trailer))),
    };
  }

  return (head) => {
    const path = head.target.split('?', 1)[0] ?? '';
    const [, serviceName] = CALL_PATH.exec(path) ?? [];
    if (serviceName === undefined) return undefined;
    const wire = formOf(head);
    const handler = handlers.get(path);
    if (handler) {
      const open = (call: ReceivedCall) => answerOf(handler, wire, call);
      return { route: path, serviceName, wire, open };
    }
    const open = (): never => {
      throw new Refusal('unimplemented', `there is no method ${path.slice(1)} on this port`);
    };
    return { route: UNMATCHED_ROUTE, serviceName, wire, open };
  };
}

function formOf({ headers }: RequestHead): CallForm {
  const contentType = headers['content-type'] ?? '';
  const [, form] = FORMS.find(([pattern]) => pattern.test(contentType)) ?? [];
  if (!form) return NO_FORM;
  return form(JSON_FORMAT.test(contentType) ? 'json' : 'binary');
}

/** The headers of a call as Connect reads them: without those of HTTP/2 itself, and without what has
 * been taken care of, a deadline that no timer can hold among it. */
function headerOf({ headers }: RequestHead, timeoutMs: number | undefined): Headers {
  const header = new Headers();
  for (const [name, values] of Object.entries(headers))
    if (!name.startsWith(':'))
      for (const value of [values].flat()) header.append(name, value ?? '');
  for (const name of ['content-length', 'grpc-encoding', 'connect-content-encoding'])
    header.delete(name);
  if (timeoutMs === undefined)
    for (const name of ['grpc-timeout', 'connect-timeout-ms']) header.delete(name);
  return header;
}

/** What Connect answers by a status alone, since the call has the form of no protocol: an error of
 * Connect, with that status. */
function badForm(call: ReceivedCall, status: number, allowed: readonly string[]): Answer {
  const refusal = badFormRefusal(status, allowed);
  call.refused(refusal.reason);
  const headers = status === 405 ? { allow: allowed.join(', ') } : {};
  return jsonAnswer(errorToJson(connectErrorFrom(refusal), undefined) as object, {
    status,
    headers,
  });
}

function badFormRefusal(status: number, allowed: readonly string[]): Refusal {
  switch (status) {
    case REFUSALS.method_not_allowed.status:
      return new Refusal('method_not_allowed', `the method is called by ${allowed.join(' or ')}`);
    case REFUSALS.unsupported_media_type.status:
      return new Refusal(
        'unsupported_media_type',
        'the content type is none of Connect, gRPC or gRPC-Web: send application/json, for instance',
      );
    default:
      // 505, of a method that streams in both directions.
      return new Refusal('unimplemented', 'the method is called over HTTP/2 only');
  }
}
