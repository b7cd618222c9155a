import type { Counter } from 'prom-client';

type Count = Pick<Counter.Internal, 'inc'>;

/** Routes of one listener that are told apart. Routes are constants of the code, far fewer than
 * this; the limit holds should a path ever be taken for one. */
const ROUTES_MAX = 100;
const OTHER_ROUTE = 'other';
const OTHER_STATUS = 0;

/** Counts requests by route and status, with one counter for each pair that occurs. */
export function createRequestCounts(
  countOf: (route: string, status: string) => Count,
): (route: string, status: number) => void {
  const countsByRoute = new Map<string, Map<number, Count>>();

  return (route, status) => {
    const isKnown = countsByRoute.has(route) || countsByRoute.size < ROUTES_MAX;
    const routeLabel = isKnown ? route : OTHER_ROUTE;
    const statusLabel =
      Number.isInteger(status) && status >= 100 && status <= 599 ? status : OTHER_STATUS;
    const counts = countsByRoute.getOrInsertComputed(routeLabel, () => new Map());
    counts.getOrInsertComputed(statusLabel, () => countOf(routeLabel, String(statusLabel))).inc();
  };
}
