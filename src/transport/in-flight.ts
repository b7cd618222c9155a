// The requests of a listener that are being answered: how many there may be, what each came to, and which of
// them keep the listener from closing. Whatever a handler or a hook throws fails its own request alone.

import type { Socket } from 'node:net';
import { Refusal, type RefusalReason } from '../session/errors.ts';
import type { Channel } from './channel.ts';
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
import { answerRefused, type ClientRefusal } from './refuse-connection.ts';
import type { FailureReport } from './report-failure.ts';
import type { ServeLimits } from './serve-limits.ts';

/** A request as its server hands it over. */
export type Arrival = {
  request: HttpRequest;
  response: HttpResponse;
  channel: Channel;
  /** What is wrong with the head of the request; undefined if nothing is. */
  refusal: ClientRefusal | undefined;
  /** The client sends its body only once it is asked to. */
  expectsContinue: boolean;
};

type Entry = Pick<Arrival, 'request' | 'response' | 'channel'> & { exchange: Exchange; wasCut: boolean };

type OnRefused = (reason: RefusalReason) => void;

export type InFlight = {
  /** Answers a request, or refuses it if there are too many. Never throws. */
  handle(arrival: Arrival): void;
  /** From now on, answers end their HTTP/1.1 connections, and nobody is waited for longer than a moment. */
  drain(): void;
  /** The HTTP/1.1 connections that have an answer coming. */
  connections(): Set<Socket>;
  /** Cuts the requests whose client is too slow: to send the body (over HTTP/2; http.Server does this for
   * HTTP/1.1), or to take the answer. While draining, refuses those whose body does not come. */
  cutOverdue(): void;
};

export function createInFlight(
  options: ExchangeHooks & {
    limits: ServeLimits;
    failures: FailureReport;
    onRefused: OnRefused;
  },
  handler: Handler,
): InFlight {
  const { limits, failures, onStarted, onFinished, onRefused } = options;
  const overloaded = options.overloaded ?? answerOverloaded(limits, onRefused);
  const entries = new Set<Entry>();
  let drainingSinceMs = Number.POSITIVE_INFINITY;
  const isDraining = () => drainingSinceMs !== Number.POSITIVE_INFINITY;

  function finish(entry: Entry): void {
    entries.delete(entry);
    const { response, exchange, channel } = entry;
    channel.ended();
    const { route, onEnded } = exchange;
    if (onEnded) failures.contain(onEnded, route);
    const status = response.writableFinished && !entry.wasCut ? response.statusCode : CLIENT_GONE_STATUS;
    if (onFinished) failures.contain(() => onFinished({ route, status }), route);
    // A connection that was promised to stay open before the drain began.
    const { connection } = channel;
    if (isDraining() && connection && !connections().has(connection)) connection.destroySoon();
  }

  function fail(entry: Entry, error: unknown): void {
    const { response, exchange } = entry;
    // A body that breaks off fails whoever reads it; nobody waits for an answer.
    if (!entries.has(entry) && isDisconnection(error)) return;
    failures.report({ route: exchange.route, error });
    let isAnswered = false;
    if (!response.headersSent) {
      failures.contain(() => {
        answerError(response, error);
        isAnswered = true;
      }, exchange.route);
    }
    if (!isAnswered) cut(entry, 'failed');
  }

  function connections(): Set<Socket> {
    const busy = [...entries].map(({ channel }) => channel.connection);
    return new Set(busy.filter((connection) => connection !== undefined));
  }

  function answer(entry: Entry, { refusal, expectsContinue }: Arrival): void | Promise<void> {
    const { request, response, exchange, channel } = entry;
    const isWithinLimit = entries.size <= limits.inFlightMax;
    onStarted?.();
    if (isDraining()) channel.closeAfterAnswer();
    if (refusal) {
      channel.closeAfterAnswer();
      onRefused(refusal.reason);
      return answerRefused(response, refusal);
    }
    if (expectsContinue) channel.sendContinue();
    return (isWithinLimit ? handler : overloaded)(request, response, exchange);
  }

  function cut(entry: Entry, why: 'failed' | 'given up'): void {
    failures.contain(() => {
      entry.wasCut = !entry.channel.cut(why);
    }, entry.exchange.route);
  }

  /** `ageMs`: of the request; `drainMs`: how much of that the listener has been draining. */
  function isOverdue({ response, channel }: Entry, ageMs: number, drainMs: number): boolean {
    const isAnswered = response.writableEnded;
    if (isAnswered && (ageMs > limits.answerTimeoutMs || drainMs > limits.lastAnswerMs)) return true;
    if (channel.connection || channel.hasArrived()) return false;
    if (isAnswered && drainMs > limits.lastBodyMs) return true;
    // An answer that has begun is a stream of its own pace.
    return ageMs > limits.requestTimeoutMs && (isAnswered || !response.headersSent);
  }

  return {
    handle(arrival) {
      const { request, response, channel } = arrival;
      const exchange = { route: UNMATCHED_ROUTE, receivedAtMonotonicMs: performance.now() };
      const entry: Entry = { request, response, channel, exchange, wasCut: false };
      entries.add(entry);
      response.once('close', () => finish(entry));
      const onFailed = (error: unknown) => fail(entry, error);
      // Without a listener an answer that is written to after its end would end the process.
      response.on('error', onFailed);
      try {
        answer(entry, arrival)?.catch(onFailed);
      } catch (error) {
        fail(entry, error);
      }
    },
    connections,
    drain() {
      drainingSinceMs = performance.now();
      for (const { channel } of entries) channel.closeAfterAnswer();
    },
    cutOverdue() {
      const now = performance.now();
      for (const entry of entries) {
        const { response, channel, exchange } = entry;
        const ageMs = now - exchange.receivedAtMonotonicMs;
        const drainMs = Math.min(ageMs, now - drainingSinceMs);
        if (isOverdue(entry, ageMs, drainMs)) cut(entry, 'given up');
        else if (drainMs > limits.lastBodyMs && !response.headersSent && !channel.hasArrived()) {
          failures.contain(() => exchange.refuseBody?.(bodyTooLate()), exchange.route);
        }
      }
    },
  };
}

function answerOverloaded({ inFlightMax }: ServeLimits, onRefused: OnRefused): Handler {
  return (_request, response) => {
    onRefused('overloaded');
    answerError(
      response,
      new Refusal('overloaded', `at most ${inFlightMax} requests are served at once; try again in a second`),
    );
  };
}

function bodyTooLate(): Refusal {
  return new Refusal(
    'overloaded',
    'the service is shutting down, and the rest of the body did not arrive in time: send the request again',
  );
}

function isDisconnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
