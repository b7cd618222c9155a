// The one path of all calls, whatever wire they use:
//
//   listener -> method (by path) and wire (by HTTP method and content type)
//            -> gate on the head: room, credential, form, deadline
//            -> body, within its limit -> message -> method -> answer, or refusal
//
// Streams leave it after the gate: Connect's router reads and answers them. What a method throws
// becomes an answer that hides bugs from the caller and shows them in the log.

import type { IncomingHttpHeaders } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Receipt } from '../../service/session-service.ts';
import type { Caller } from '../../session/caller.ts';
import { type ErrorType, Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import { ClientGone } from '../server/collect-body.ts';
import {
  type Answer,
  bodyBytes,
  type Exchange,
  type Handler,
  type RequestHead,
  type WholeBody,
} from '../server/http-exchange.ts';
import { answerTooLarge } from '../too-large.ts';
import { inflate } from './inflate.ts';
import type { Call } from './method.ts';
import { ReceivedCall } from './received-call.ts';
import { callErrorType, connectErrorFrom, unreadable } from './rpc-error.ts';
import type { CallForm, SentMessage, Wire } from './wire.ts';

type Target = {
  /** Its route in metrics and logs: from a fixed set. */
  route: string;
  /** The protobuf service that it belongs to; empty if it belongs to none. */
  serviceName: string;
};

/** A method, as it is called by one wire. */
export type WiredMethod = Target & {
  wire: Wire;
  /** Decodes a request. Refuses (`invalid`, `too_large`), or throws an Error that says what is
   * wrong. */
  read(bytes: Uint8Array): unknown;
  handle(request: unknown, call: Call): unknown;
  /** Encodes an answer; JSON may also be text. */
  write(answer: unknown): WholeBody;
  /** Called with why a call is refused, and its request if that was read. */
  onRefused?: ((refusal: Refusal, request: unknown) => void) | undefined;
};

/** A call that is not read here: a stream, or one of a form that no wire has. */
export type WiredStream = Target & {
  wire: CallForm;
  open(call: ReceivedCall): Answer | Promise<Answer>;
};

/** Finds what a request calls, and by which wire; undefined if it is none of these. */
export type Find = (head: RequestHead) => WiredMethod | WiredStream | undefined;

export type EngineOptions = {
  /** Who calls a service, by the headers; undefined where no credential is asked for. Throws a
   * Refusal if the call may not pass. */
  gate: (headers: IncomingHttpHeaders, serviceName: string) => Caller | undefined;
  /** Called when a request has been read. */
  receive: () => Receipt;
  /** The largest request message, in bytes, after decompression too. */
  bodyMaxBytes: number;
  /** The largest response message, in bytes; a larger one is refused, never cut. */
  answerMaxBytes: number;
  log: Logger;
  /** Called once for each call that is refused while its caller waits. */
  onRefused: (errorType: ErrorType) => void;
};

/** A call on its way. */
type Served = { method: WiredMethod | WiredStream; call: ReceivedCall; request: unknown };

/** Serves calls. `otherwise` answers the requests that call nothing. */
export function createEngine(
  { find, otherwise }: { find: Find; otherwise: (exchange: Exchange) => void },
  options: EngineOptions,
): Handler {
  const { gate, receive, bodyMaxBytes, answerMaxBytes, log, onRefused } = options;

  async function serve(served: Served): Promise<void> {
    const { method, call } = served;
    const { account, exchange } = call;
    try {
      checkHead(served);
      if ('open' in method) return await call.respondStream(await method.open(call));
      const read = await method.wire.read(exchange, bodyMaxBytes);
      const sent = method.wire.messageIn(read, exchange.head, bodyMaxBytes);
      served.request = decoded(method, sent.isCompressed ? await expanded(sent, call) : sent.bytes);
      if (call.hasEnded) return;
      call.received(receive());
      // The work continues after the client has left.
      account.keep();
      let answer: unknown;
      try {
        answer = await method.handle(served.request, call);
      } finally {
        account.release();
      }
      if (!call.hasEnded) call.respond(written(call, method, answer));
    } catch (error) {
      answerRefusal(served, error);
    }
  }

  function checkHead(served: Served): void {
    const { method, call } = served;
    const { head, hasPlace } = call.exchange;
    const { wire } = method;
    if (!hasPlace)
      throw new Refusal('overloaded', 'too many calls are in flight; try again in a second');
    call.caller = gate(head.headers, method.serviceName);
    wire.checkHead?.(head);
    wire.isCompressed(head);
    const timeoutMs = wire.timeoutMs(head);
    if (timeoutMs !== undefined)
      call.setDeadline(timeoutMs, (error) => answerRefusal(served, error));
  }

  function expanded({ bytes }: SentMessage, { account }: ReceivedCall) {
    return inflate(bytes, { maxBytes: bodyMaxBytes, account });
  }

  function written(call: ReceivedCall, { wire, write }: WiredMethod, answer: unknown) {
    const message = write(answer);
    if (bodyBytes(message) > answerMaxBytes) throw answerTooLarge(answerMaxBytes);
    return wire.answer(message, call.metadata);
  }

  function answerRefusal({ method, call, request }: Served, error: unknown): void {
    if (error instanceof ClientGone) return;
    const answer = connectErrorFrom(error);
    if (answer.code === Code.Internal)
      log.error('A call failed', { method: method.route.slice(1), error });
    if (call.hasEnded) return;
    call.refused(callErrorType(answer));
    if (answer.cause instanceof Refusal && 'onRefused' in method)
      method.onRefused?.(answer.cause, request);
    call.respond(method.wire.refuse(answer, call.metadata));
  }

  return (exchange) => {
    const method = find(exchange.head);
    if (!method) return otherwise(exchange);
    exchange.route = method.route;
    return serve({ method, call: new ReceivedCall(exchange, onRefused), request: undefined });
  };
}

/** The contents of a message. Whatever reading it throws is the caller's mistake. */
function decoded(method: WiredMethod, bytes: Uint8Array): unknown {
  try {
    return method.read(bytes);
  } catch (error) {
    if (error instanceof Refusal || error instanceof ConnectError) throw error;
    throw unreadable((error as Error).message);
  }
}
