// Finding a request's route by method and path.

import { invalid, Refusal } from '../../session/errors.ts';
import type { Route } from './webhook-routes.ts';

const PLACEHOLDER = '{sessionId}';

/** A request's route; where there is none, the refusal to answer and, if it is the method, the right one. */
export type FoundRoute =
  | { route: Route; sessionId: string; refusal?: undefined }
  | { refusal: Refusal; allow?: string };

/** A lookup over these routes. */
export function createRouteTable(routes: readonly Route[]): (method: string, url: string) => FoundRoute {
  const table = routes.map((route) => ({ route, segments: route.pattern.split('/') }));

  return function find(method, url) {
    const path = url.split('?', 1)[0] ?? '';
    const segments = path.split('/');
    const entry = table.find((candidate) => matches(candidate.segments, segments));
    if (!entry) return { refusal: new Refusal('not_found', 'there is no such route') };
    const { route } = entry;
    if (route.method !== method) {
      const refusal = new Refusal('method_not_allowed', `this route takes ${route.method}, not ${method}`);
      return { refusal, allow: route.method };
    }
    const sessionId = sessionIdIn(entry.segments, segments);
    return sessionId === undefined ? { refusal: badPath() } : { route, sessionId };
  };
}

function matches(pattern: string[], segments: string[]): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((segment, index) => segment === PLACEHOLDER || segment === segments[index]);
}

/** The id in the path, decoded; empty if the pattern has none, undefined if it cannot be decoded. */
function sessionIdIn(pattern: string[], segments: string[]): string | undefined {
  const index = pattern.indexOf(PLACEHOLDER);
  try {
    return index < 0 ? '' : decodeURIComponent(segments[index] ?? '');
  } catch {
    return undefined;
  }
}

function badPath(): Refusal {
  return invalid('/sessionId', 'the session id in the path is not percent-encoded UTF-8');
}
