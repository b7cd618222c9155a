// One call while it is served: its deadline, its caller, and the one answer that it gets.

import type { IncomingHttpHeaders } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Receipt } from '../../service/session-service.ts';
import type { Caller } from '../../session/caller.ts';
import { type ErrorType, Refusal } from '../../session/errors.ts';
import type { ByteAccount } from '../server/byte-budget.ts';
import type { Answer, Exchange } from '../server/http-exchange.ts';
import type { Call, Metadata } from './method.ts';

/** Timers may fire a moment early. */
const DEADLINE_GRAIN_MS = 2;

export class ReceivedCall implements Call {
  readonly exchange: Exchange;
  readonly metadata: Metadata = { headers: {}, trailers: {} };
  receipt!: Receipt;
  /** Undefined where no credential is asked for. */
  caller: Caller | undefined = undefined;
  /** How long its caller waits, from its head on; undefined: without limit. */
  timeoutMs: number | undefined = undefined;
  /** Nobody waits for it any longer: it was answered, or its caller has left. */
  hasEnded = false;
  readonly #onRefused: (errorType: ErrorType) => void;
  #errorType: ErrorType | undefined = undefined;
  #endsAtMonotonicMs: number | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #abort: AbortController | undefined = undefined;

  constructor(exchange: Exchange, onRefused: (errorType: ErrorType) => void) {
    this.exchange = exchange;
    this.#onRefused = onRefused;
    exchange.watcher = this;
  }

  get headers(): IncomingHttpHeaders {
    return this.exchange.head.headers;
  }

  get account(): ByteAccount {
    return this.exchange.account;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.hasEnded) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Counts the deadline from the head of the call. `onPassed` is called once it has passed, unless
   * the call has ended by then. Throws if it has passed already. */
  setDeadline(timeoutMs: number, onPassed: (error: Refusal) => void): void {
    this.timeoutMs = timeoutMs;
    const endsAtMs = this.exchange.receivedAtMonotonicMs + timeoutMs;
    this.#endsAtMonotonicMs = endsAtMs - DEADLINE_GRAIN_MS;
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0)
      throw deadlinePassed('the deadline of the call had passed before it began: nothing was done');
    this.#timer = setTimeout(() => this.#expire(onPassed), leftMs);
  }

  /** Notes that the request has been read. The receipt is the call's own from then on. */
  received(receipt: Receipt): void {
    receipt.caller = this.caller;
    receipt.endsAtMonotonicMs = this.#endsAtMonotonicMs;
    this.receipt = receipt;
  }

  /** Counts that it is refused, unless its client has left: half a request is no bad one. Clients of
   * HTTP/2 end a request that they give up, so that is known only when all has been read that they
   * sent with it. */
  refused(errorType: ErrorType | undefined): void {
    this.#errorType ??= errorType;
    setImmediate(() => this.#countRefused());
  }

  #countRefused(): void {
    if (this.#errorType) this.#onRefused(this.#errorType);
    this.#errorType = undefined;
  }

  /** Sends the answer, if the call has not ended. */
  respond(answer: Answer): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.#timer);
    void this.exchange.respond(answer);
  }

  /** Sends an answer that is a stream; the call ends when that has been sent. */
  async respondStream(answer: Answer): Promise<void> {
    if (this.hasEnded) return;
    clearTimeout(this.#timer);
    await this.exchange.respond(answer);
  }

  #expire(onPassed: (error: Refusal) => void): void {
    if (this.hasEnded) return;
    const error = deadlinePassed('the deadline of the call passed before its answer was ready');
    this.#abort?.abort(error);
    const { exchange } = this;
    if (exchange.refuseBody) exchange.refuseBody(error);
    // Work that sees the deadline itself has the last word: that a lock which it waited for is held
    // says more than that the time has passed.
    else setImmediate(onPassed, error);
  }

  /** To be called once, when its answer has been sent (`isAnswered`), or its caller has left. */
  ended(isAnswered: boolean): void {
    clearTimeout(this.#timer);
    if (isAnswered) this.#countRefused();
    this.#errorType = undefined;
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#abort?.abort(new ConnectError('the client ended the call', Code.Canceled));
  }
}

function deadlinePassed(message: string): Refusal {
  return new Refusal('outcome_unknown', message);
}
