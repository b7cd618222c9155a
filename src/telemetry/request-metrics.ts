import type { Metrics } from './metrics.ts';
import type { Listener } from './process-metrics-table.ts';

/** Routes that are counted apart. Routes are constants of the code, far fewer than this; the limit
 * holds should a path ever be used as a route. */
const ROUTES_MAX = 100;
const OTHER_ROUTE = 'other';
const OTHER_STATUS = '0';

/** Records the requests of one listener. */
export function createRequestMetrics(
  { inFlight, httpRequests }: Pick<Metrics, 'inFlight' | 'httpRequests'>,
  listener: Listener,
) {
  const routes = new Set<string>();

  return {
    /** A request was received. */
    started: () => inFlight.inc({ listener }),
    /** It was answered, or its caller went away (499). `route` is the pattern of the route. */
    finished({ route, status }: { route: string; status: number }): void {
      inFlight.dec({ listener });
      if (routes.size < ROUTES_MAX) routes.add(route);
      httpRequests.inc({
        listener,
        route: routes.has(route) ? route : OTHER_ROUTE,
        status: isStatus(status) ? String(status) : OTHER_STATUS,
      });
    },
  };
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status <= 599;
}
