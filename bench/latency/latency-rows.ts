// How long callers wait at half of what the server can do. Requests arrive at a constant rate, and
// latencies count from the moment when each should have been sent (load/open.ts).

import type { LoadProcess } from '../load/load.ts';
import type { RoundLoad } from '../load/webhook-load.ts';
import { percentile, type Row } from '../table/result-table.ts';

/** What can be said of p99.9 needs some thousands of requests. */
export type LatencyPlan = { saturatingRequests: number; seconds: number };

const SHARE_OF_SATURATION = 0.5;

/** Three rows: p50, p99 and p99.9. */
export async function latencyRows(
  title: string,
  load: RoundLoad,
  { plan, loadProcess }: { plan: LatencyPlan; loadProcess: LoadProcess },
): Promise<Row[]> {
  const saturating = plan.saturatingRequests;
  const { seconds } = await loadProcess.run({ ...load, firstRequest: 0, requests: saturating });
  const requestsPerSecond = (SHARE_OF_SATURATION * saturating) / seconds;
  const requests = Math.ceil(plan.seconds * requestsPerSecond);
  const numbers = { firstRequest: saturating, requests };
  const open = await loadProcess.run({ ...load, ...numbers, requestsPerSecond });
  const late = percentile(open.latenessMs, 0.99).toFixed(2);
  const note =
    `${requestsPerSecond.toFixed(0)}/s, half of saturation; ${requests} requests, ` +
    `99 % sent at most ${late} ms late`;
  return [0.5, 0.99, 0.999].map((share) => ({
    name: `latency of ${title}, p${share * 100}`,
    ...{ figure: percentile(open.latenciesMs, share), unit: ' ms' },
    ...(share === 0.5 && { note }),
  }));
}
