// The requests of a listener that are being answered: how many there may be, what each came to, and
// which of them keep the listener from closing. Whatever a handler or a hook throws fails its own
// request alone.

import type { Socket } from 'node:net';
import { Refusal, type RefusalReason } from '../../session/errors.ts';
import { errorAnswer } from '../error-answer.ts';
import type { ByteAccount, ByteBudget, Holder } from './byte-budget.ts';
import type { Channel } from './channel.ts';
import type { CountedBody } from './counted-body.ts';
import { createFairShares } from './fair-shares.ts';
import {
  CLIENT_GONE_STATUS,
  type Exchange,
  type ExchangeHooks,
  type Handler,
  type RequestHead,
  UNMATCHED_ROUTE,
} from './http-exchange.ts';
import { isOverdue } from './overdue.ts';
import { NOWHERE, PlacedList } from './placed-list.ts';
import { type ClientRefusal, refusalAnswer } from './refuse-connection.ts';
import { type FailureReport, isDisconnection } from './report-failure.ts';
import type { ServeLimits } from './serve-limits.ts';
import { createStartApart } from './start-apart.ts';

/** A request as its server hands it over. */
export type Arrival = {
  head: RequestHead;
  body: CountedBody;
  channel: Channel;
  /** What is wrong with the head of the request; undefined if nothing is. */
  refusal: ClientRefusal | undefined;
  /** The client sends its body only once it is asked to. */
  expectsContinue: boolean;
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
    /** Answers the requests. */
    handler: Handler;
  },
): InFlight {
  const { limits, budget, failures, onStarted, onFinished, onRefused, onClientCut } = options;
  const { handler } = options;
  // Work that continues after its client has left counts: a client could otherwise start any amount
  // of it.
  const working = createFairShares(limits.inFlightMax);
  const entries = new PlacedList<Entry>();
  let drainingSinceMs = Number.POSITIVE_INFINITY;
  const turn = createStartApart();
  const isDraining = () => drainingSinceMs !== Number.POSITIVE_INFINITY;

  /** A request that has not been answered, as this listener and the budget of bytes see it. */
  class Entry implements Holder {
    readonly arrival: Arrival;
    readonly peer: string;
    readonly listener = working;
    readonly hasBody: boolean;
    readonly exchange: Exchange & { account: ByteAccount };
    place = NOWHERE;
    wasCut = false;
    /** Why its body was refused before its handler read it. */
    bodyRefusal: Refusal | undefined = undefined;
    /** What its body failed with, because its client or its connection did. */
    bodyError: unknown = undefined;

    constructor(arrival: Arrival) {
      this.arrival = arrival;
      this.peer = arrival.channel.peer;
      this.hasBody = !arrival.channel.hasArrived();
      const { head, body, channel } = arrival;
      const { peer } = this;
      const hasPlace = working.fits(peer, 1) || (budget.makeWay(this) && working.fits(peer, 1));
      working.add(peer, 1);
      const account = budget.open(this);
      body.account = account;
      this.exchange = {
        head,
        body,
        hasPlace,
        account,
        route: UNMATCHED_ROUTE,
        receivedAtMonotonicMs: performance.now(),
        respond: (answer) => channel.send(answer, account),
      };
    }

    refuseBody(refusal: Refusal): void {
      this.bodyRefusal = refusal;
      const { exchange } = this;
      failures.contain(() => exchange.refuseBody?.(refusal), exchange.route);
    }

    untakenBytes(): number {
      return this.arrival.channel.answer.writableLength;
    }

    cutAnswer(): void {
      const { peer } = this;
      // One client, however many of its answers wait on the connection.
      const isCutAlready = this.arrival.channel.connection?.destroyed === true;
      cut(this, 'given up');
      if (isCutAlready) return;
      failures.contain(() => onClientCut?.({ cause: 'unread_answer', peer }));
    }

    onReleased(): void {
      working.add(this.peer, -1);
    }
  }

  function finish(entry: Entry): void {
    entries.delete(entry);
    const { exchange } = entry;
    const { channel } = entry.arrival;
    channel.ended();
    exchange.account.release();
    const { route, watcher } = exchange;
    const isAnswered = channel.answer.writableFinished && !entry.wasCut;
    if (watcher) failures.contain(() => watcher.ended(isAnswered), route);
    const status = isAnswered ? channel.answer.statusCode : CLIENT_GONE_STATUS;
    if (onFinished) failures.contain(() => onFinished({ route, status }), route);
    // A connection that was promised to stay open before the drain began.
    const { connection } = channel;
    if (isDraining() && connection && !connections().has(connection)) connection.destroySoon();
  }

  function fail(entry: Entry, error: unknown): void {
    const { exchange, arrival } = entry;
    // A body that breaks off fails what reads it; nobody waits for an answer.
    if (error === entry.bodyError || (!entries.has(entry) && isDisconnection(error))) return;
    failures.report({ route: exchange.route, error });
    let isAnswered = false;
    if (!arrival.channel.answer.headersSent) {
      failures.contain(() => {
        void exchange.respond(errorAnswer(error));
        isAnswered = true;
      }, exchange.route);
    }
    if (!isAnswered) cut(entry, 'failed');
  }

  function connections(): Set<Socket> {
    const busy = [...entries].map(({ arrival }) => arrival.channel.connection);
    return new Set(busy.filter((connection) => connection !== undefined));
  }

  function answer(entry: Entry): void | Promise<void> {
    const { channel, refusal, expectsContinue } = entry.arrival;
    onStarted?.();
    if (isDraining()) channel.closeAfterAnswer();
    if (refusal) {
      channel.closeAfterAnswer();
      onRefused(refusal.reason);
      return entry.exchange.respond(refusalAnswer(refusal));
    }
    if (expectsContinue) channel.sendContinue();
    const ownTurn = turn();
    return ownTurn ? ownTurn.then(() => handleInTurn(entry)) : handleInTurn(entry);
  }

  function handleInTurn(entry: Entry): void | Promise<void> {
    const { exchange } = entry;
    // Its client may have left meanwhile, and what reads from it would wait forever.
    if (!entries.has(entry)) return;
    const handled = handler(exchange);
    if (entry.bodyRefusal) exchange.refuseBody?.(entry.bodyRefusal);
    return handled;
  }

  function cut(entry: Entry, why: 'failed' | 'given up'): void {
    failures.contain(() => {
      entry.wasCut = !entry.arrival.channel.cut(why);
    }, entry.exchange.route);
  }

  return {
    handle(arrival) {
      const entry = new Entry(arrival);
      entries.add(entry);
      arrival.channel.onClosed(() => finish(entry));
      // A client that leaves fails its requests. What reads a body receives that error; a request whose
      // body nobody reads any more would end the process without a listener. Every request has one
      // for all its life, since Node looks for one before it emits the error, and the reader may
      // take its own away in between.
      arrival.body.on('error', (error) => {
        entry.bodyError = error;
      });
      try {
        answer(entry)?.catch((error: unknown) => fail(entry, error));
      } catch (error) {
        fail(entry, error);
      }
    },
    connections,
    drain() {
      drainingSinceMs = performance.now();
      for (const { arrival } of entries) arrival.channel.closeAfterAnswer();
    },
    cutOverdue() {
      const now = performance.now();
      for (const entry of entries) {
        const { exchange } = entry;
        const { channel } = entry.arrival;
        const ageMs = now - exchange.receivedAtMonotonicMs;
        const drainMs = Math.min(ageMs, now - drainingSinceMs);
        if (isOverdue({ channel, exchange }, { ageMs, drainMs, limits })) cut(entry, 'given up');
        else if (
          drainMs > limits.lastBodyMs &&
          !channel.answer.headersSent &&
          !channel.hasArrived()
        ) {
          failures.contain(() => exchange.refuseBody?.(bodyTooLate()), exchange.route);
        }
      }
    },
  };
}

function bodyTooLate(): Refusal {
  return new Refusal(
    'overloaded',
    'the service is shutting down, and the rest of the body did not arrive in time: send the request again',
  );
}
