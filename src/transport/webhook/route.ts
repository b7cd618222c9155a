// One route of the webhook listener.

import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt } from '../../service/session-service.ts';
import type { RefusalReason } from '../../session/errors.ts';
import type { Body } from './read-body.ts';

/** A request as a route sees it. */
export type RouteRequest = {
  receipt: Receipt;
  /** NO_BODY unless the route is posted to. */
  body: Body;
  /** The id in the path, decoded; empty if the pattern has none. */
  id: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
};

export type RouteAnswer = {
  status: number;
  body: string;
  /** Of the session that the body shows; empty if it shows none. */
  etag: string;
  /** Why, where the body is an error. */
  refused?: RefusalReason;
};

export type Route = {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path, with `{sessionId}` or `{userId}` where an id stands. Also the route's name in metrics. */
  pattern: string;
  answer(request: RouteRequest): Promise<RouteAnswer>;
};

/** An answer of 200. */
export function ok(body: string, etag = ''): RouteAnswer {
  return { status: 200, body, etag };
}
