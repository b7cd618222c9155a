// What load balancers ask of the port that they send requests to: without a credential, since they
// have none, and at `/`, which those of clouds ask for unless they are configured otherwise.

import { jsonAnswer } from '../json-answer.ts';
import type { Handler } from '../server/http-exchange.ts';

/** The paths that are answered, which are also their routes in metrics. */
export const HEALTH_PAGES: readonly string[] = ['/', '/healthz'];

/** Answers GET and HEAD of the health pages, and leaves every other request to `handler`: 200 as long
 * as the process accepts requests, whatever the store does; 503 once `closing` is aborted. */
export function withHealthPages(handler: Handler, closing: AbortSignal): Handler {
  return (exchange) => {
    const { method, target } = exchange.head;
    if (method !== 'GET' && method !== 'HEAD') return handler(exchange);
    const path = target.split('?', 1)[0] ?? '';
    if (!HEALTH_PAGES.includes(path)) return handler(exchange);
    exchange.route = path;
    return exchange.respond(
      closing.aborted
        ? jsonAnswer({ status: 'shutting down' }, { status: 503 })
        : jsonAnswer({ status: 'live' }),
    );
  };
}
