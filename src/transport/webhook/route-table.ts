// Finding a request's route by method and path.

import { type ErrorType, invalid, Refusal } from '../../session/errors.ts';
import { decodedPart } from '../percent-encoded.ts';
import type { Answer } from '../server/http-exchange.ts';
import type { WebhookAnswer, WebhookCall } from './webhook-call.ts';

/** A request as a route sees it; its body is NO_BODY unless the route is posted to. */
export type RouteRequest = WebhookCall & {
  /** The id in the path, decoded; empty if the pattern has none. */
  id: string;
  query: URLSearchParams;
};

/** A request whose answer is a stream. `onIncomplete` is called with why that has the status of an
 * error. */
export type StreamRequest = Pick<RouteRequest, 'receipt' | 'id'> & {
  /** Aborts when the answer has been sent, or its client has left. */
  signal: AbortSignal;
  onIncomplete: (reason: ErrorType) => void;
};

/** One route of the webhook listener. */
export type Route = {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path, with `{sessionId}` or `{userId}` in the place of an id. Also the route's name in metrics. */
  pattern: string;
} & (
  | { answer(request: RouteRequest): Promise<WebhookAnswer>; stream?: undefined }
  /** The answer is written bit by bit. */
  | { answer?: undefined; stream(request: StreamRequest): Promise<Answer> }
);

const PLACEHOLDER = /^\{(\w+)\}$/;

/** A request's route; where there is none, the refusal to answer and, if it is the method, the
 * right ones. */
export type FoundRoute =
  | { route: Route; id: string; query: URLSearchParams; refusal?: undefined; allow?: undefined }
  | { refusal: Refusal; allow?: string; route?: undefined };

/** A lookup over these routes. */
export function createRouteTable(
  routes: readonly Route[],
): (method: string, url: string) => FoundRoute {
  const table = routes.map((route) => ({ route, pattern: route.pattern.split('/') }));

  return function find(method, url) {
    const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
    const segments = path.split('/');
    const onPath = table.filter(({ pattern }) => matches(pattern, segments));
    if (onPath.length === 0) return { refusal: new Refusal('not_found', 'there is no such route') };
    const entry = onPath.find(({ route }) => route.method === method);
    if (!entry)
      return wrongMethod(
        method,
        onPath.map(({ route }) => route.method),
      );
    const place = entry.pattern.findIndex((part) => PLACEHOLDER.test(part));
    const id = place < 0 ? '' : decodedPart(segments[place] ?? '');
    if (id === undefined) return { refusal: badPath(entry.pattern[place] ?? '') };
    return { route: entry.route, id, query: new URLSearchParams(query) };
  };
}

function matches(pattern: string[], segments: string[]): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((part, place) => PLACEHOLDER.test(part) || part === segments[place]);
}

function wrongMethod(method: string, allowed: string[]): FoundRoute {
  const message = `this route takes ${allowed.join(' or ')}, not ${method}`;
  return { refusal: new Refusal('method_not_allowed', message), allow: allowed.join(', ') };
}

function badPath(placeholder: string): Refusal {
  const pointer = placeholder.replace(PLACEHOLDER, '/$1');
  return invalid(pointer, 'the id in the path is not percent-encoded UTF-8');
}
