// The requests of a listener that are being answered: how many there may be, what each came to, and
// which of them keep the listener from closing. Whatever a handler or a hook throws fails its own
// request alone.

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Refusal, type RefusalReason } from '../../session/errors.ts';
import { answerError } from '../error-answer.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Channel } from './channel.ts';
import type { CountedRequest, CountedResponse } from './counted-exchange.ts';
import { createFairShares } from './fair-shares.ts';
import {
  CLIENT_GONE_STATUS,
  type Exchange,
  type ExchangeHooks,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  UNMATCHED_ROUTE,
} from './http-exchange.ts';
import { isOverdue } from './overdue.ts';
import { answerRefused, type ClientRefusal } from './refuse-connection.ts';
import { type FailureReport, isDisconnection } from './report-failure.ts';
import type { ServeLimits } from './serve-limits.ts';
import { createStartApart } from './start-apart.ts';

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

type Entry = Pick<Arrival, 'request' | 'response' | 'channel'> & {
  exchange: Exchange;
  /** There is room for it among the requests that are worked on. */
  hasPlace: boolean;
  wasCut: boolean;
  /** Why its body was refused before its handler read it. */
  bodyRefusal?: Refusal;
};

type OnRefused = (reason: RefusalReason) => void;

export type InFlight = {
  /** Answers a request, or refuses it if there are too many. Never throws. */
  handle(arrival: Arrival): void;
  /** From now on, answers end their HTTP/1.1 connections, and nobody is waited for longer than a
   * moment. */
  drain(): void;
  /** The HTTP/1.1 connections that have an answer coming. */
  connections(): Set<Socket>;
  /** Cuts the requests whose client is too slow: to send the body (over HTTP/2; http.Server does
   * this for HTTP/1.1), or to take the answer. While draining, refuses those whose body does not
   * come. */
  cutOverdue(): void;
};

export function createInFlight(
  options: ExchangeHooks & {
    limits: ServeLimits;
    budget: ByteBudget;
    failures: FailureReport;
    onRefused: OnRefused;
  },
  handler: Handler,
): InFlight {
  const { limits, budget, failures, onStarted, onFinished, onRefused, onClientCut } = options;
  // Work that goes on after its client has left counts: a client could otherwise start any amount
  // of it.
  const working = createFairShares(limits.inFlightMax);
  const overloaded = options.overloaded ?? answerOverloaded(limits, onRefused);
  const entries = new Set<Entry>();
  let drainingSinceMs = Number.POSITIVE_INFINITY;
  const turn = createStartApart();
  const isDraining = () => drainingSinceMs !== Number.POSITIVE_INFINITY;

  function finish(entry: Entry): void {
    entries.delete(entry);
    const { response, exchange, channel } = entry;
    channel.ended();
    exchange.account.release();
    const { route, onEnded } = exchange;
    if (onEnded) failures.contain(onEnded, route);
    const status =
      response.writableFinished && !entry.wasCut ? response.statusCode : CLIENT_GONE_STATUS;
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
    const { response, channel } = entry;
    onStarted?.();
    if (isDraining()) channel.closeAfterAnswer();
    if (refusal) {
      channel.closeAfterAnswer();
      onRefused(refusal.reason);
      return answerRefused(response, refusal);
    }
    if (expectsContinue) channel.sendContinue();
    const ownTurn = turn();
    return ownTurn ? ownTurn.then(() => handleInTurn(entry)) : handleInTurn(entry);
  }

  function handleInTurn(entry: Entry): void | Promise<void> {
    const { request, response, exchange } = entry;
    // Its client may have left meanwhile, and whoever reads from it would wait for ever.
    if (!entries.has(entry)) return;
    const handled = (entry.hasPlace ? handler : overloaded)(request, response, exchange);
    if (entry.bodyRefusal) exchange.refuseBody?.(entry.bodyRefusal);
    return handled;
  }

  function refuseBody(entry: Entry, refusal: Refusal): void {
    entry.bodyRefusal = refusal;
    const { exchange } = entry;
    failures.contain(() => exchange.refuseBody?.(refusal), exchange.route);
  }

  function openAccount(
    arrival: Arrival,
    entryOf: () => Entry,
  ): Pick<Entry, 'hasPlace'> & Pick<Exchange, 'account'> {
    const { response, channel } = arrival;
    const { peer } = channel;
    const place = { peer, listener: working };
    const hasPlace = working.fits(peer, 1) || (budget.makeWay(place) && working.fits(peer, 1));
    working.add(peer, 1);
    const account = budget.open({
      ...place,
      hasBody: !channel.hasArrived(),
      refuseBody: (refusal) => refuseBody(entryOf(), refusal),
      untakenBytes: () => response.writableLength,
      cutAnswer() {
        // One client, however many of its answers wait on the connection.
        const isCutAlready = channel.connection?.destroyed === true;
        cut(entryOf(), 'given up');
        if (isCutAlready) return;
        failures.contain(() => onClientCut?.({ cause: 'unread_answer', peer }));
      },
      onReleased: () => working.add(peer, -1),
    });
    (arrival.request as CountedRequest).account = account;
    (response as CountedResponse).account = account;
    return { hasPlace, account };
  }

  function cut(entry: Entry, why: 'failed' | 'given up'): void {
    failures.contain(() => {
      entry.wasCut = !entry.channel.cut(why);
    }, entry.exchange.route);
  }

  return {
    handle(arrival) {
      const { request, response, channel } = arrival;
      const { hasPlace, account } = openAccount(arrival, () => entry);
      const exchange = {
        route: UNMATCHED_ROUTE,
        receivedAtMonotonicMs: performance.now(),
        account,
      };
      const entry: Entry = { request, response, channel, exchange, hasPlace, wasCut: false };
      entries.add(entry);
      response.once('close', () => finish(entry));
      // A client that leaves fails its requests. Whoever reads a body hears of it; a request whose
      // body nobody reads any more would end the process without a listener. Every request has one
      // for all its life, since Node looks for one before it emits the error, and the reader may
      // take its own away in between.
      (request as unknown as EventEmitter).on('error', () => {});
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
        if (isOverdue(entry, { ageMs, drainMs, limits })) cut(entry, 'given up');
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
      new Refusal(
        'overloaded',
        `at most ${inFlightMax} requests are served at once, fewer for one client; try again in a second`,
      ),
    );
  };
}

function bodyTooLate(): Refusal {
  return new Refusal(
    'overloaded',
    'the service is shutting down, and the rest of the body did not arrive in time: send the request again',
  );
}
